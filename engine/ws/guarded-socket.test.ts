import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { GuardedSocket } from './guarded-socket.ts'

const open: { close(): void }[] = []
afterEach(() => {
  for (const item of open.splice(0)) item.close()
})

/** A client that is connected, and the guarded socket at the server's end. */
async function connected() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  open.push(server)
  await once(server, 'listening')
  const arrived = once(server, 'connection')
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const [socket] = (await arrived) as [WebSocket]
  await once(client, 'open')
  let close = () => {}
  const closed = new Promise<void>((resolve) => {
    close = resolve
  })
  return { client, guarded: new GuardedSocket(socket, close), closed }
}

it('drops a peer that does not read before its backlog has grown far', async () => {
  const { client, guarded, closed } = await connected()
  client.pause()
  let dropped = false
  void closed.then(() => {
    dropped = true
  })
  const frame = Buffer.alloc(512 * 1024)
  let sent = 0
  while (!dropped) {
    guarded.send(frame)
    sent += frame.length
    await new Promise((resolve) => setImmediate(resolve))
    if (sent > 512 * 1024 * 1024) throw new Error('it was never dropped')
  }
  expect(guarded.backlog).toBeLessThan(16 * 1024 * 1024)
})

it('sends text as text and bytes as bytes', async () => {
  const { client, guarded } = await connected()
  const first = once(client, 'message')
  guarded.send('text')
  expect((await first)[1]).toBe(false)
  const second = once(client, 'message')
  guarded.send(Buffer.from([1]))
  expect((await second)[1]).toBe(true)
})

it('says once that the socket closed', async () => {
  const { client, closed } = await connected()
  client.close()
  await closed
})
