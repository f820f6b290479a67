/**
 * @file Requests per second over a few kept-alive connections. A process of its own (`load.ts <port> <milliseconds> <connections>
 * <request head>`), on bare sockets: it must cost less than what it measures.
 */
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'

export interface LoadOptions {
  port: number
  path: string
  headers?: Record<string, string>
  milliseconds: number
  connections?: number
}

/** @returns answers per second @throws when an answer is not 2xx or 304 */
export async function requestsPerSecond(options: LoadOptions): Promise<number> {
  const { port, path, headers = {}, milliseconds, connections = 16 } = options
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const head = `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
  const script = fileURLToPath(import.meta.url)
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', script, String(port), String(milliseconds), String(connections), head],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`load on ${path} failed`)
  return Number(text)
}

/** Sends the next request when an answer is complete; counts answers after a warm-up of a fifth of the time. */
function runLoad(port: number, milliseconds: number, connections: number, head: string): void {
  const request = Buffer.from(head)
  let answers = 0
  for (let n = 0; n < connections; n++) {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    let left = 0
    let pending = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      if (left > 0) {
        left -= chunk.length
        if (left > 0) return
      } else {
        pending = pending.length ? Buffer.concat([pending, chunk]) : chunk
        const end = pending.indexOf('\r\n\r\n')
        if (end < 0) return
        const text = pending.toString('latin1', 0, end)
        if (!/^HTTP\/1\.1 (2|304)/.test(text)) throw new Error(text)
        left = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0) - (pending.length - end - 4)
        pending = Buffer.alloc(0)
        if (left > 0) return
      }
      left = 0
      answers++
      socket.write(request)
    })
  }
  const warmUp = milliseconds / 5
  setTimeout(() => {
    const began = performance.now()
    answers = 0
    setTimeout(() => {
      console.log(answers / ((performance.now() - began) / 1000))
      process.exit(0)
    }, milliseconds)
  }, warmUp)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [port, milliseconds, connections, head] = process.argv.slice(2)
  runLoad(Number(port), Number(milliseconds), Number(connections), head!)
}
