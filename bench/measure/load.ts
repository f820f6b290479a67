/**
 * @file Requests over a few kept-alive connections. A process of its own (`load.ts <port> <milliseconds> <connections>
 * <request head>`), on bare sockets: it must cost less than what it measures.
 */
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { ServerProcess } from './server-process.ts'

export interface LoadOptions {
  server: ServerProcess
  path: string
  headers?: Record<string, string>
  milliseconds: number
  connections?: number
}

/**
 * How many requests a server answers in a second of its CPU time. On a machine that does other things too this moves far
 * less than requests per second of the clock.
 * @throws when an answer is not 2xx or 304
 */
export async function requestsPerCpuSecond(options: LoadOptions): Promise<number> {
  const { server, path, headers = {}, milliseconds, connections = 16 } = options
  const { port } = server
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const head = `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
  const script = fileURLToPath(import.meta.url)
  const before = server.cpuSeconds()
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
  return Number(text) / (server.cpuSeconds() - before)
}

/** Sends the next request when an answer is complete; prints how many there were. */
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
  setTimeout(() => {
    console.log(answers)
    process.exit(0)
  }, milliseconds)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [port, milliseconds, connections, head] = process.argv.slice(2)
  runLoad(Number(port), Number(milliseconds), Number(connections), head!)
}
