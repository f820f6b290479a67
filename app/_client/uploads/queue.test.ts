import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '../api-error.ts'
import { createUploadQueue } from './queue.ts'
import type { SendOptions, Wire } from './send.ts'
import { createUploadList } from './uploads.ts'

const file = (name: string, lastModified = 5) => new File(['12345678'], name, { lastModified })
const images = (...names: string[]) => names.map((name) => file(`${name}.png`))

interface Open extends SendOptions {
  name: string
  done: () => void
  fail: (error: Error) => void
}

/** A queue whose transfers end when the test says so. */
function setUp() {
  const open: Open[] = []
  const removed: string[] = []
  const wire: Wire = {
    send: (sent, options) =>
      new Promise((resolve, reject) => {
        open.push({ ...options, name: sent.name, done: () => resolve(`stored_${sent.name}`), fail: reject })
        options.signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')))
      }),
    remove: vi.fn(async (url: string) => {
      removed.push(url)
    }),
  }
  const onBatchDone = vi.fn()
  const list = createUploadList()
  const queue = createUploadQueue({ list, wire, now: () => 0, onBatchDone })
  const states = () => list.getState().uploads.map((each) => each.state)
  return { open, removed, wire, onBatchDone, queue, list, states, names: () => open.map((each) => each.name) }
}

const unfinished = { name: 'a.png', size: 8, offset: 4, modified: 5, active: false, expires_at: 0 }

afterEach(() => vi.useRealTimers())

describe('the upload queue', () => {
  it('sends three files at a time and the next when one is through', async () => {
    const { open, queue, names } = setUp()
    queue.add(images('a', 'b', 'c', 'd'))
    expect(names()).toEqual(['a.png', 'b.png', 'c.png'])
    open[0]!.done()
    await vi.waitFor(() => expect(names()).toEqual(['a.png', 'b.png', 'c.png', 'd.png']))
  })

  it('goes on with the others when one is refused, and says why', async () => {
    const { open, queue, onBatchDone, list } = setUp()
    queue.add([file('clip.mkv'), file('bad.png'), file('good.png'), new File([], 'empty.png')])
    open[0]!.fail(new ApiError(400, 'not a supported image or video'))
    open[1]!.done()
    await vi.waitFor(() => expect(onBatchDone).toHaveBeenCalledWith(['stored_good.png']))
    expect(list.getState().uploads).toMatchObject([
      { state: 'refused', error: expect.stringMatching(/^Kind not accepted here \(png, .*mov, avi\)\.$/) },
      { state: 'refused', error: 'not a supported image or video.' },
      { state: 'done' },
      { state: 'refused', error: 'The file is empty.' },
    ])
  })

  it('pauses, goes on at the same address, and lets the next file in meanwhile', async () => {
    const { open, queue, states, names } = setUp()
    const [first] = queue.add(images('a', 'b', 'c', 'd'))
    open[0]!.onUrl('/api/admin/uploads/1')
    queue.pause(first!)
    expect(states()).toEqual(['paused', 'sending', 'sending', 'sending'])
    open[1]!.done()
    queue.resume(first!)
    await vi.waitFor(() => expect(names()).toEqual(['a.png', 'b.png', 'c.png', 'd.png', 'a.png']))
    expect(open[4]!.url).toBe('/api/admin/uploads/1')
    expect(open[0]!.signal.aborted).toBe(true)
  })

  it('pauses, resumes and cancels all', () => {
    const { queue, states, names } = setUp()
    queue.add(images('a', 'b', 'c', 'd'))
    queue.pauseAll()
    expect(states()).toEqual(['paused', 'paused', 'paused', 'paused'])
    queue.resumeAll()
    expect(names()).toHaveLength(6)
    queue.cancelAll()
    expect(states()).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled'])
  })

  it('cancels a running and a waiting file, removes what the pod has, and can try again from the start', async () => {
    const { open, queue, states, removed } = setUp()
    const [first, , , last] = queue.add(images('a', 'b', 'c', 'd'))
    open[0]!.onUrl('/api/admin/uploads/1')
    queue.cancel(last!)
    queue.cancel(first!)
    expect(states()).toEqual(['cancelled', 'sending', 'sending', 'cancelled'])
    expect(removed).toEqual(['/api/admin/uploads/1'])
    queue.resume(first!)
    expect(open.at(-1)).toMatchObject({ name: 'a.png', url: null })
  })

  it('takes a full disk as something to try again by hand', async () => {
    const { open, queue, states } = setUp()
    const [id] = queue.add(images('a'))
    open[0]!.fail(new ApiError(507, 'Not enough space'))
    await vi.waitFor(() => expect(states()).toEqual(['failed']))
    queue.resume(id!)
    expect(states()).toEqual(['sending'])
  })
})

describe('a cut', () => {
  it('is tried again for as long as it lasts, at longer and longer intervals of at most half a minute', async () => {
    vi.useFakeTimers()
    const { open, queue, list } = setUp()
    queue.add(images('a'))
    const intervals: number[] = []
    for (let tries = 0; tries < 9; tries++) {
      open.at(-1)!.fail(new ApiError(tries % 2 ? 502 : 0, 'x'))
      await vi.advanceTimersByTimeAsync(0)
      expect(list.getState().uploads[0]!.state).toBe('cut')
      const before = open.length
      let waited = 0
      while (open.length === before) {
        await vi.advanceTimersByTimeAsync(1000)
        waited++
      }
      intervals.push(waited)
    }
    expect(intervals).toEqual([1, 2, 4, 8, 16, 30, 30, 30, 30])
  })

  it('says where it paused and why, keeps its place, and goes on at once when the network is back', async () => {
    vi.useFakeTimers()
    const { open, queue, names, list } = setUp()
    queue.add(images('a', 'b', 'c', 'd'))
    open[0]!.onUrl('/u/1')
    open[0]!.onProgress(5)
    open[0]!.fail(new ApiError(0, 'connection lost'))
    await vi.advanceTimersByTimeAsync(0)
    expect(list.getState().uploads[0]).toMatchObject({
      state: 'cut',
      sent: 5,
      error: 'connection lost. Goes on by itself.',
    })
    expect(names()).toEqual(['a.png', 'b.png', 'c.png'])
    queue.wake()
    await vi.advanceTimersByTimeAsync(0)
    expect(open.at(-1)).toMatchObject({ name: 'a.png', url: '/u/1' })
  })

  it('of the session waits for signing in', async () => {
    const { open, queue, list } = setUp()
    queue.add(images('a'))
    open[0]!.fail(new ApiError(401, 'Not authenticated'))
    await vi.waitFor(() => expect(list.getState().uploads[0]!.error).toBe('signed out. Goes on after signing in.'))
  })

  it('can be cancelled while it lasts; what the pod has is removed when it can be reached', async () => {
    vi.useFakeTimers()
    const { open, queue, states, removed, wire } = setUp()
    const [id] = queue.add(images('a'))
    open[0]!.onUrl('/u/1')
    open[0]!.fail(new ApiError(0, 'connection lost'))
    await vi.advanceTimersByTimeAsync(0)
    expect(states()).toEqual(['cut'])
    vi.mocked(wire.remove).mockRejectedValueOnce(new ApiError(0, 'connection lost'))
    queue.cancel(id!)
    expect(states()).toEqual(['cancelled'])
    await vi.advanceTimersByTimeAsync(0)
    expect(wire.remove).toHaveBeenCalledTimes(1)
    expect(removed).toEqual([])
    queue.wake()
    await vi.advanceTimersByTimeAsync(0)
    expect(removed).toEqual(['/u/1'])
    expect(open).toHaveLength(1)
  })
})

describe('after a reload', () => {
  it('lists what the pod has, and goes on when the same file is chosen or dropped', () => {
    const { open, queue, states, list } = setUp()
    queue.restore([
      { ...unfinished, id: '1' },
      { ...unfinished, id: '2', name: 'b.png' },
      { ...unfinished, id: '3', name: 'nothing-yet.png', offset: 0 },
    ])
    queue.restore([{ ...unfinished, id: '1' }])
    expect(states()).toEqual(['unfinished', 'unfinished'])
    const [first] = list.getState().uploads
    expect(queue.provide(first!.id, file('a.png', 6))).toBe(false)
    expect(list.getState().uploads[0]).toMatchObject({ state: 'unfinished', error: 'a.png is another file.' })
    expect(queue.provide(first!.id, file('a.png'))).toBe(true)
    queue.add([file('b.png')])
    expect(open.map(({ name, url }) => [name, url])).toEqual([
      ['a.png', '/api/admin/uploads/1'],
      ['b.png', '/api/admin/uploads/2'],
    ])
  })

  it('cancelling removes it from the pod', () => {
    const { queue, removed, states, list } = setUp()
    queue.restore([{ ...unfinished, id: '1' }])
    queue.cancel(list.getState().uploads[0]!.id)
    expect(states()).toEqual(['cancelled'])
    expect(removed).toEqual(['/api/admin/uploads/1'])
  })
})
