/**
 * @file A real studio on a free port in a temporary directory, for tests that speak HTTP to it. Its engine is whatever
 * address the test gives; it has no pages, since nothing is built in the temporary project.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { type Config, parseConfig } from '../config.ts'
import { createStudio, type Studio } from '../studio.ts'

export const testKey = 'pas_only-for-the-tests-of-the-edge'

export interface StudioUnderTest {
  studio: Studio
  url: string
  port: number
  root: string
  /** Milliseconds since the epoch, for the studio; move it to let time pass. */
  clock: { now: number }
  /** A request whose headers are sent exactly as they are given. */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>
  /** Ends it; what it kept stays. */
  stop(): Promise<void>
  /** Ends it, if it still runs, and removes all. */
  close(): Promise<void>
}

export interface AskOptions {
  headers?: OutgoingHttpHeaders | string[]
  body?: string | Buffer
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  json(): unknown
}

/** @param environment - beside a free port, the temporary directory and {@link testKey} */
export async function startStudioUnderTest(environment: Record<string, string> = {}): Promise<StudioUnderTest> {
  const root = await mkdtemp(join(tmpdir(), 'studio-edge-'))
  await mkdir(join(root, 'public'))
  await writeFile(join(root, 'package.json'), '{"name":"pod-studio","version":"9.8.7"}')
  await writeFile(join(root, 'public', 'robots.txt'), 'User-agent: *\nDisallow: /\n')
  const config = parseConfig(
    [],
    {
      STUDIO_DIR: join(root, 'data'),
      STUDIO_PORT: '0',
      STUDIO_API_KEY: testKey,
      // Nothing listens on the discard port of loopback: an engine that is down.
      ENGINE_URL: 'http://127.0.0.1:9',
      ...environment,
    } as unknown as NodeJS.ProcessEnv,
    root,
  ) as Config
  const clock = { now: Date.now() }
  const studio = await createStudio(config, {
    environment: { PATH: '/nonexistent' } as unknown as NodeJS.ProcessEnv,
    log: pino({ level: process.env.TEST_LOG ?? 'silent' }),
    now: () => clock.now,
  })
  const url = await studio.listen()
  const port = Number(new URL(url).port)
  let stopped: Promise<void> | undefined
  const stop = async () => {
    stopped ??= studio.close(1000)
    await stopped
  }
  return {
    studio,
    url,
    port,
    root,
    clock,
    ask: (method, path, options) => ask(port, method, path, options),
    stop,
    async close() {
      await stop()
      await rm(root, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Sends one request on a connection of its own; nothing is normalised on the way, unlike with `fetch`. */
export function ask(port: number, method: string, path: string, { headers, body }: AskOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: response.statusCode!, headers: response.headers, text, json: () => JSON.parse(text) })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** The `Cookie` header a browser would send after this answer. */
export function cookieOf(answer: Answer): string {
  return (answer.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';', 1)[0]).join('; ')
}

/** Signs in and gives back the cookie. */
export async function signIn(studio: StudioUnderTest): Promise<string> {
  const answer = await studio.ask('POST', '/api/auth/login', jsonBody({ api_key: testKey }, ownOrigin(studio)))
  if (answer.status !== 200) throw new Error(`login answered ${answer.status} ${answer.text}`)
  return cookieOf(answer)
}

/** Headers of a request that a page of the studio makes. */
export function ownOrigin({ port }: { port: number }): Record<string, string> {
  return { host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' }
}

export function jsonBody(value: unknown, headers: Record<string, string> = {}): AskOptions {
  return { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) }
}
