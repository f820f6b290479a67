/** @file The built studio in a directory of its own, and its API. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { projectRoot } from '../prepare.mjs'

export const key = 'pas_for-the-screenshots-only-0123456789'

/** @returns its address, a caller of its API, and ways to wait for it and to end it */
export async function startStudio(directory, environment = {}) {
  mkdirSync(directory, { recursive: true })
  const child = spawn(process.execPath, [join(projectRoot, 'dist/server/main.js')], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      ...{ NODE_ENV: 'production', STUDIO_DIR: directory, STUDIO_PORT: '0', ENGINE_PORT: '0', STUDIO_API_KEY: key },
      ...environment,
    },
  })
  const url = await listening(child)
  const api = async (path, body, method = body ? 'POST' : 'GET') => {
    const answer = await fetch(url + path, {
      method,
      headers: { 'x-api-key': key, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 200)}`)
    return text === '' ? null : JSON.parse(text)
  }
  const live = async () => (await api('/api/admin/jobs?status=running,queued')).jobs
  return {
    url,
    api,
    live,
    run: (workflow, inputs) => api('/api/admin/jobs', { workflow, inputs }),
    engineReady: () => until(async () => (await api('/api/admin/system')).engine.state === 'ready'),
    settled: () => until(async () => (await live()).length === 0, 300_000),
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

async function listening(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /^Pod Studio listening on (http:\S+)/.exec(line)
    if (match) return match[1]
  }
  throw new Error('the studio did not start')
}

/** @param patience - milliseconds */
export async function until(holds, patience = 60_000) {
  for (const end = Date.now() + patience; Date.now() < end; ) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error('waited in vain')
}
