/** @file What the hosted service answers besides, for clients that were written for it. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { savePicture, shrinkFile, upscaleForLong } from './graphs.ts'
import { startEngine, type TestEngine } from './harness.ts'
import { loadOpenApi } from './openapi-schema.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine.stop())

async function failedRun(): Promise<string> {
  const form = new FormData()
  form.append('image', new Blob(['no picture']), 'broken.png')
  await engine.fetch('/upload/image', { method: 'POST', body: form })
  return (await engine.run(shrinkFile('broken.png'))).promptId
}

describe('GET /api/job/{id}/status', () => {
  it('names the state in the words of the service, with times and the text of an error', async () => {
    const done = await engine.run(savePicture(1))
    const status = await engine.get(`/api/job/${done.promptId}/status`)
    expect(status).toMatchObject({ id: done.promptId, status: 'completed', error_message: null })
    expect(Date.parse(status.updated_at)).toBeGreaterThanOrEqual(Date.parse(status.created_at))
    expect(await engine.get(`/api/job/${await failedRun()}/status`)).toMatchObject({
      status: 'error',
      error_message: expect.stringContaining('broken.png'),
    })
    const socket = await engine.connect()
    const running = await engine.queue(upscaleForLong(), { client_id: socket.id })
    const waiting = await engine.queue(savePicture(2))
    await socket.until(({ type }) => type === 'execution_start')
    const stateOf = async (id: string) => (await engine.get(`/api/job/${id}/status`)).status
    expect([await stateOf(running.promptId), await stateOf(waiting.promptId)]).toEqual(['in_progress', 'pending'])
    await engine.post('/queue', { clear: true })
    await engine.post('/interrupt', {})
    await socket.until(({ type, data }) => type === 'executing' && data.node === null)
    expect([await stateOf(running.promptId), await stateOf(waiting.promptId)]).toEqual(['cancelled', 'cancelled'])
  })

  it('is 404 for an unknown job', async () => {
    expect((await engine.fetch(`/api/job/${crypto.randomUUID()}/status`)).status).toBe(404)
  })
})

describe('GET /api/history_v2', () => {
  it('lists newest first, without the graph of the editor, in pages', async () => {
    const extra_data = { extra_pnginfo: { workflow: { id: 'w-1', nodes: [] }, note: 'kept' } }
    const ids: string[] = []
    for (const colour of [11, 12, 13]) ids.unshift((await engine.run(savePicture(colour), { extra_data })).promptId)
    const idsOf = async (query: string): Promise<string[]> =>
      (await engine.get(`/api/history_v2${query}`)).history.map((entry: { prompt_id: string }) => entry.prompt_id)
    expect((await idsOf('')).slice(0, 3)).toEqual(ids)
    expect(await idsOf('?max_items=1')).toEqual(ids.slice(0, 1))
    expect(await idsOf('?max_items=2&offset=1')).toEqual(ids.slice(1, 3))
    expect(await idsOf('?offset=10000')).toEqual([])
    expect((await engine.fetch('/api/history_v2?offset=x')).status).toBe(400)
    const [entry] = (await engine.get('/api/history_v2?max_items=1')).history
    expect(entry).toMatchObject({ workflow_id: 'w-1', prompt: { extra_data: { extra_pnginfo: { note: 'kept' } } } })
    expect(JSON.stringify(entry)).not.toContain('"workflow"')
    expect(entry.outputs['2'].images).toHaveLength(1)
  })

  it('gives one prompt whole, and 404 for an unknown one', async () => {
    const { promptId } = await engine.run(savePicture(14))
    const { [promptId]: entry } = await engine.get(`/api/history_v2/${promptId}`)
    expect(entry.prompt).toMatchObject({ prompt_id: promptId, outputs_to_execute: ['2'], prompt: { 1: {} } })
    expect((await engine.fetch('/api/history_v2/unknown')).status).toBe(404)
  })
})

it('sorts jobs by the names of the service too', async () => {
  for (const sort of ['create_time', 'execution_time']) {
    expect((await engine.fetch(`/api/jobs?sort_by=${sort}&limit=1`)).status).toBe(200)
  }
})

it('says who one is, and that it lives', async () => {
  expect(await engine.get('/api/user')).toEqual({ id: 'default', status: 'active' })
  const health = await engine.fetch('/health')
  expect([health.status, await health.text()]).toEqual([200, 'OK'])
})

describe.skipIf(!process.env.SPEC_DIR)('the description of the service (SPEC_DIR)', () => {
  it('fits these answers', async () => {
    const openApi = await loadOpenApi(join(process.env.SPEC_DIR!, 'comfy-cloud-v1-seed.yaml'))
    const { promptId } = await engine.run(savePicture(15))
    const faults: string[] = []
    for (const [operation, path] of [
      ['GET /api/job/{job_id}/status', `/api/job/${promptId}/status`],
      ['GET /api/job/{job_id}/status', `/api/job/${await failedRun()}/status`],
      ['GET /api/job/{job_id}/status', '/api/job/unknown/status'],
      ['GET /api/history_v2', '/api/history_v2'],
      ['GET /api/history_v2/{prompt_id}', `/api/history_v2/${promptId}`],
      ['GET /api/user', '/api/user'],
    ] as const) {
      const answer = await engine.fetch(path)
      faults.push(...openApi.faults(operation, answer.status, await answer.json()))
    }
    // `nullable` of OpenAPI 3.0 is dropped by the checker.
    expect(faults.filter((fault) => !/(assigned_inference|error_message) must be string/.test(fault))).toEqual([])
  })
})
