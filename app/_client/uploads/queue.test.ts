import { describe, expect, it, vi } from 'vitest'
import { ApiError } from '../api-error.ts'
import { createUploadQueue } from './queue.ts'
import type { SendFile } from './send.ts'

const file = (name: string) => new File(['12345678'], name)

/** A wire whose transfers end when the test says so. */
function wire() {
  const open: { name: string; done: () => void; fail: (error: Error) => void }[] = []
  const send: SendFile = (sent, { signal }) =>
    new Promise((resolve, reject) => {
      open.push({ name: sent.name, done: () => resolve(`stored_${sent.name}`), fail: reject })
      signal.addEventListener('abort', () => reject(new DOMException('cancelled', 'AbortError')))
    })
  return { open, send }
}

describe('the upload queue', () => {
  it('sends three files at a time and the next when one is through', async () => {
    const { open, send } = wire()
    const queue = createUploadQueue({ send, now: () => 0, onBatchDone: () => {} })
    queue.add(['a', 'b', 'c', 'd'].map(file))
    expect(open.map((each) => each.name)).toEqual(['a', 'b', 'c'])
    open[0]!.done()
    await vi.waitFor(() => expect(open.map((each) => each.name)).toEqual(['a', 'b', 'c', 'd']))
  })

  it('goes on with the others when one is refused, and says why', async () => {
    const { open, send } = wire()
    const onBatchDone = vi.fn()
    const queue = createUploadQueue({ send, now: () => 0, onBatchDone })
    queue.add([file('bad.svg'), file('good.png')])
    open[0]!.fail(new ApiError(400, 'kind not accepted here'))
    open[1]!.done()
    await vi.waitFor(() => expect(onBatchDone).toHaveBeenCalledWith(['stored_good.png']))
    expect(queue.store.getState().uploads[0]).toMatchObject({ state: 'failed', error: 'kind not accepted here.' })
  })

  it('cancels a running and a waiting file, and can try again', async () => {
    const { open, send } = wire()
    const queue = createUploadQueue({ send, now: () => 0, onBatchDone: () => {} })
    const [first, , , last] = queue.add(['a', 'b', 'c', 'd'].map(file))
    queue.cancel(last!)
    queue.cancel(first!)
    await vi.waitFor(() =>
      expect(queue.store.getState().uploads.map((each) => each.state)).toEqual([
        'cancelled',
        'sending',
        'sending',
        'cancelled',
      ]),
    )
    queue.retry(first!)
    expect(open.at(-1)?.name).toBe('a')
  })
})
