import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { PreviewFrame, RunIdentity } from '../jobs/lifecycle-observer.ts'
import type { WireMessage } from '../queue/wire-message.ts'
import { ComfySocket } from './comfy-socket.ts'

const features = { supports_preview_metadata: true }
let running: { clientId: string | null; node: string | null } | null
let comfy: ComfySocket
let server: WebSocketServer

beforeEach(async () => {
  running = null
  comfy = new ComfySocket({
    features,
    remaining: () => 3,
    runningNode: () => running,
    newClientId: () => 'made',
    log: () => undefined,
  })
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket, request) => {
    comfy.connect(socket, new URL(request.url!, 'http://x').searchParams.get('clientId'))
  })
  await once(server, 'listening')
})
afterEach(() => {
  for (const socket of server.clients) socket.terminate()
  server.close()
})

type Received = { type: string; data: Record<string, unknown> } | Buffer

/** A connected client that has got its first message. */
async function client(id: string | null, flags?: object) {
  const { port } = server.address() as AddressInfo
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws${id === null ? '' : `?clientId=${id}`}`)
  const received: Received[] = []
  let wake = () => {}
  socket.on('message', (data: Buffer, isBinary) => {
    received.push(isBinary ? data : JSON.parse(String(data)))
    wake()
  })
  const until = async (count: number) => {
    while (received.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    return received
  }
  await until(1)
  if (flags) {
    socket.send(JSON.stringify({ type: 'feature_flags', data: flags }))
    await until(2)
  }
  /** Everything that was sent to it before this moment: a broadcast comes after all of it. */
  const all = async () => {
    comfy.queueChanged()
    const isMark = (message: Received) => !Buffer.isBuffer(message) && message.type === 'status'
    const before = received.filter(isMark).length
    while (received.filter(isMark).length <= before) await until(received.length + 1)
    return received.slice(flags ? 2 : 1, received.findLastIndex(isMark))
  }
  return { socket, received, until, all }
}

const run = (clientId: string | null): RunIdentity => ({ job: 'j', promptId: 'p', clientId })
const message = (type: WireMessage['type']): WireMessage => ({ type, data: { prompt_id: 'p' } })
const frame: PreviewFrame = {
  type: 'preview',
  promptId: 'p',
  nodeId: '1.0.0.a',
  displayNodeId: '1',
  parentNodeId: '1',
  realNodeId: '1',
  format: 'jpeg',
  bytes: Buffer.from('JPG'),
}

describe('connecting', () => {
  it('is answered with the state of the queue and the id, made where there is none', async () => {
    const status = { exec_info: { queue_remaining: 3 } }
    expect((await client('a')).received[0]).toEqual({ type: 'status', data: { status, sid: 'a' } })
    expect((await client(null)).received[0]).toEqual({ type: 'status', data: { status, sid: 'made' } })
  })

  it('tells the running node to its client only', async () => {
    running = { clientId: 'a', node: '7' }
    const { until } = await client('a')
    expect((await until(2))[1]).toEqual({ type: 'executing', data: { node: '7' } })
    expect(await (await client('b')).all()).toEqual([])
  })

  it('says nothing of a node while none runs: null would mean that the run is over', async () => {
    running = { clientId: 'a', node: null }
    expect(await (await client('a')).all()).toEqual([])
  })
})

describe('feature flags', () => {
  it('are answered with the features of the server', async () => {
    const { received } = await client('a', { supports_preview_metadata: true })
    expect(received[1]).toEqual({ type: 'feature_flags', data: features })
  })

  it('count only as the first message; everything else is ignored', async () => {
    const { socket, all } = await client('a')
    socket.send('{broken')
    socket.send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } }))
    socket.send(Buffer.from([1, 2, 3]))
    comfy.preview(run('a'), frame)
    expect((await all()).map((each) => Buffer.isBuffer(each) && each.readUInt32BE(0))).toEqual([1])
  })
})

describe('what of a run goes to whom', () => {
  it('messages to the client of the prompt and to nobody else', async () => {
    const [mine, other] = [await client('mine'), await client('other')]
    for (const type of ['execution_start', 'progress', 'executed', 'execution_success'] as const) {
      comfy.runMessage(run('mine'), message(type))
    }
    comfy.runEnded(run('mine'))
    expect((await mine.all()).map((each) => (each as { type: string }).type)).toEqual([
      ...['execution_start', 'progress', 'executed', 'execution_success', 'executing'],
    ])
    expect(mine.received.at(-2)).toEqual({ type: 'executing', data: { node: null, prompt_id: 'p' } })
    expect(await other.all().then((all) => all.filter((each) => (each as { type: string }).type !== 'status'))).toEqual(
      [],
    )
  })

  it('of a prompt without a client progress and interruption to everyone, and nothing else', async () => {
    const one = await client('one')
    const types = ['execution_start', 'progress_state', 'progress', 'executed', 'execution_interrupted'] as const
    for (const type of types) comfy.runMessage(run(null), message(type))
    comfy.runEnded(run(null))
    expect((await one.all()).map((each) => (each as { type: string }).type)).toEqual([
      ...['progress_state', 'progress', 'execution_interrupted'],
    ])
  })

  it('previews as event 4 to clients that announced it and as event 1 to others, never both', async () => {
    const [plain, able] = [await client('plain'), await client('able', { supports_preview_metadata: true })]
    comfy.preview(run(null), frame)
    const [old] = (await plain.all()) as Buffer[]
    const [described] = (await able.all()).filter(Buffer.isBuffer)
    expect(old!.toString('hex')).toBe(`0000000100000001${Buffer.from('JPG').toString('hex')}`)
    const length = described!.readUInt32BE(4)
    expect(described!.readUInt32BE(0)).toBe(4)
    expect(JSON.parse(described!.toString('utf8', 8, 8 + length))).toEqual({
      node_id: '1.0.0.a',
      prompt_id: 'p',
      display_node_id: '1',
      parent_node_id: '1',
      real_node_id: '1',
      image_type: 'image/jpeg',
    })
  })

  it('texts of nodes as event 3 to the client of the prompt', async () => {
    const [mine, other] = [await client('mine'), await client('other')]
    comfy.text(run('mine'), '9', 'so far')
    const [text] = (await mine.all()) as Buffer[]
    expect([text!.readUInt32BE(0), text!.readUInt32BE(4), text!.toString('utf8', 8)]).toEqual([3, 1, '9so far'])
    expect((await other.all()).some(Buffer.isBuffer)).toBe(false)
  })
})

describe('a second connection with the same id', () => {
  it('is the receiver, and stays it when the first one closes', async () => {
    const first = await client('a')
    const second = await client('a')
    first.socket.close()
    await once(first.socket, 'close')
    comfy.runMessage(run('a'), message('progress'))
    expect((await second.until(2))[1]).toEqual(message('progress'))
    expect(first.received).toHaveLength(1)
  })
})

describe('the log', () => {
  const entry = { t: '2026-01-01T00:00:00.000Z', m: 'line\n' }
  it('goes to clients that subscribed, until they unsubscribe', async () => {
    const [reader, other] = [await client('reader'), await client('other')]
    comfy.subscribeToLogs('reader', true)
    comfy.sendLog(entry)
    comfy.subscribeToLogs('reader', false)
    comfy.sendLog(entry)
    expect(await reader.all()).toEqual([{ type: 'logs', data: { entries: [entry], size: null } }])
    expect((await other.all()).filter((each) => (each as { type: string }).type === 'logs')).toEqual([])
  })
})

describe('many clients', () => {
  it('all hear of the queue, and one that does not read is dropped without the others noticing', async () => {
    const lazy = await client('lazy')
    const others = await Promise.all(Array.from({ length: 50 }, (_, index) => client(`c${index}`)))
    lazy.socket.pause()
    const bytes = Buffer.alloc(1024 * 1024)
    let gone = false
    for (const socket of server.clients)
      socket.once('close', () => {
        gone = true
      })
    for (let sent = 0; !gone; sent++) {
      if (sent > 256) throw new Error('it was never dropped')
      comfy.preview(run('lazy'), { ...frame, bytes })
      await new Promise((resolve) => setImmediate(resolve))
    }
    comfy.queueChanged()
    for (const { until } of others) expect((await until(2))[1]).toMatchObject({ type: 'status' })
    expect(server.clients.size).toBe(50)
  })
})
