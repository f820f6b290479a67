/** @file `docs/comfyui-compatibility.md` against the running engine: every row is so, and nothing is left out. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProjectRoot } from '#platform/project-root'
import { previewPicture, savePicture, shrinkFile, upscaleForLong } from './graphs.ts'
import { startEngine, type TestEngine } from './harness.ts'
import { loadOpenApi } from './openapi-schema.ts'

interface Row {
  name: string
  state: string
}

let engine: TestEngine
let sections: Map<string, Row[]>

beforeAll(async () => {
  engine = await startEngine()
  const page = await readFile(join(findProjectRoot(), 'docs/comfyui-compatibility.md'), 'utf8')
  sections = new Map(
    page.split(/^## /m).map((section) => {
      const rows = [...section.matchAll(/^\| `([^`]+)` +\| ([^|]+?) +\|/gm)].map(([, name, state]) => ({
        name: name!,
        state: state!,
      }))
      return [section.split('\n', 1)[0]!, rows]
    }),
  )
})
afterAll(() => engine.stop())

const rowsOf = (section: string) => sections.get(section)!

describe('the compatibility page', () => {
  it('says of each route whether it is there', async () => {
    const routes = rowsOf('Routes').filter(({ name }) => name !== 'GET /ws')
    expect(routes.length).toBeGreaterThan(50)
    for (const { name, state } of routes) {
      const [method, path] = name.split(' ') as [string, string]
      const bodyless = method === 'GET' || method === 'HEAD'
      const asset = crypto.randomUUID()
      const answer = await engine.fetch(path.replace('assets/{id}', `assets/${asset}`).replaceAll(/\{[^}]+\}/g, 'x'), {
        method,
        ...(bodyless ? {} : { body: '{}' }),
      })
      const isNowhere = answer.status === 404 && (await answer.text()) === '404: Not Found'
      const found = isNowhere ? 'not there' : answer.status === 503 ? 'switched off' : 'works'
      expect([name, found]).toEqual([name, state])
    }
  })

  it.skipIf(!process.env.SPEC_DIR)('leaves out no operation of the published description', async () => {
    const { operations } = await loadOpenApi(join(process.env.SPEC_DIR!, 'comfyui-openapi.yaml'))
    const named = rowsOf('Routes').map(({ name }) => name)
    expect(operations.filter((operation) => !named.includes(operation))).toEqual([])
  })

  it('lists the nodes that there are', async () => {
    const nodes = Object.keys(await engine.get('/object_info'))
    expect(rowsOf('Nodes').map(({ name }) => name)).toEqual(nodes)
  })

  it('lists the messages that are sent', async () => {
    const socket = await engine.connect()
    socket.send({ type: 'feature_flags', data: { supports_preview_metadata: true } })
    await socket.until(({ type }) => type === 'feature_flags')
    const plain = await engine.connect()
    await engine.fetch('/internal/logs/subscribe', {
      method: 'PATCH',
      body: JSON.stringify({ clientId: socket.id, enabled: true }),
    })
    const client = { client_id: socket.id }
    const over = (id: string, type: string) =>
      socket.until((event) => event.type === type && event.data.prompt_id === id)
    for (const graph of [savePicture(5), savePicture(5), previewPicture(6)]) {
      await over((await engine.queue(graph, client)).promptId, 'execution_success')
    }
    const form = new FormData()
    form.append('image', new Blob(['no picture']), 'broken.png')
    await engine.fetch('/upload/image', { method: 'POST', body: form })
    await over((await engine.queue(shrinkFile('broken.png'), client)).promptId, 'execution_error')
    for (const watcher of [socket, plain]) {
      const { promptId } = await engine.queue(upscaleForLong(), { client_id: watcher.id })
      await watcher.untilFrame(() => true)
      await engine.post('/interrupt', { prompt_id: promptId })
      await watcher.until(({ type, data }) => type === 'execution_interrupted' && data.prompt_id === promptId)
    }
    await socket.until(({ type }) => type === 'logs')
    const sent = new Set([
      ...[socket, plain].flatMap(({ events }) => events.map(({ type }) => type)),
      ...[socket, plain].flatMap(({ frames }) => frames.map((frame) => `binary ${frame.readUInt32BE(0)}`)),
    ])
    expect([...sent].sort()).toEqual(
      rowsOf('Messages on `/ws`')
        .map(({ name }) => name)
        .sort(),
    )
  })
})
