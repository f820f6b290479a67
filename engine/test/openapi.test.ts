/** @file Answers of the engine against ComfyUI's published description. Runs where SPEC_DIR names its directory. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { differingOperations } from './described-answers.ts'
import { savePicture, shrinkFile } from './graphs.ts'
import { startEngine, type TestEngine } from './harness.ts'
import { loadOpenApi, type OpenApi } from './openapi-schema.ts'

const specDirectory = process.env.SPEC_DIR

interface Call {
  /** As the description names it. */
  operation: string
  path: string
  body?: unknown
  status?: number
  form?: () => FormData
}

describe.skipIf(!specDirectory)('the published description (SPEC_DIR)', () => {
  let engine: TestEngine
  let openApi: OpenApi
  let promptId: string
  const called = new Set<string>()

  beforeAll(async () => {
    openApi = await loadOpenApi(join(specDirectory!, 'comfyui-openapi.yaml'))
    engine = await startEngine()
    const upload = new FormData()
    upload.append('image', new Blob(['no picture']), 'broken.png')
    await engine.fetch('/upload/image', { method: 'POST', body: upload })
    promptId = (await engine.run(savePicture())).promptId
    await engine.run(shrinkFile('broken.png'))
  })
  afterAll(async () => {
    await engine.stop()
  })

  const image = () => {
    const form = new FormData()
    form.append('image', new Blob(['x']), 'x.bin')
    return form
  }
  const calls = (): Call[] => [
    { operation: 'GET /api/prompt', path: '/api/prompt' },
    { operation: 'POST /api/prompt', path: '/api/prompt', body: { prompt: savePicture(3) } },
    { operation: 'POST /api/prompt', path: '/api/prompt', body: {}, status: 400 },
    { operation: 'POST /api/prompt', path: '/api/prompt', body: { prompt: shrinkFile('none.png') }, status: 400 },
    { operation: 'GET /api/queue', path: '/api/queue' },
    { operation: 'POST /api/queue', path: '/api/queue', body: { delete: [] } },
    { operation: 'POST /api/interrupt', path: '/api/interrupt', body: {} },
    { operation: 'POST /api/free', path: '/api/free', body: { unload_models: true } },
    { operation: 'GET /api/jobs', path: '/api/jobs?limit=10' },
    { operation: 'GET /api/jobs/{job_id}', path: `/api/jobs/${promptId}` },
    { operation: 'GET /api/jobs/{job_id}', path: `/api/jobs/${crypto.randomUUID()}`, status: 404 },
    { operation: 'GET /api/history', path: '/api/history' },
    { operation: 'GET /api/history/{prompt_id}', path: `/api/history/${promptId}` },
    { operation: 'POST /api/history', path: '/api/history', body: { delete: [] } },
    { operation: 'POST /api/upload/image', path: '/api/upload/image', form: image },
    { operation: 'POST /api/upload/image', path: '/api/upload/image', form: () => new FormData(), status: 400 },
    { operation: 'GET /api/view', path: '/api/view?filename=nobody.png', status: 404 },
    { operation: 'GET /api/view_metadata/{folder_name}', path: '/api/view_metadata/vae?filename=x', status: 404 },
    { operation: 'GET /api/system_stats', path: '/api/system_stats' },
    { operation: 'GET /api/object_info', path: '/api/object_info' },
    { operation: 'GET /api/object_info/{node_class}', path: '/api/object_info/SaveImage' },
    { operation: 'GET /api/embeddings', path: '/api/embeddings' },
    { operation: 'GET /api/models', path: '/api/models' },
    { operation: 'GET /api/models/{folder}', path: '/api/models/upscale_models' },
    { operation: 'GET /api/models/{folder}', path: '/api/models/nothing', status: 404 },
    { operation: 'GET /api/experiment/models', path: '/api/experiment/models' },
    { operation: 'GET /api/experiment/models/{folder}', path: '/api/experiment/models/upscale_models' },
    {
      operation: 'GET /api/experiment/models/preview/{folder}/{path_index}/{filename}',
      path: '/api/experiment/models/preview/vae/0/x.onnx',
      status: 404,
    },
    { operation: 'GET /api/users', path: '/api/users' },
    { operation: 'POST /api/users', path: '/api/users', body: { username: 'Ada' } },
    { operation: 'POST /api/users', path: '/api/users', body: { username: 'Ada' }, status: 400 },
    { operation: 'POST /api/userdata/{file}', path: '/api/userdata/a%2Fb.json', body: {} },
    { operation: 'POST /api/userdata/{file}', path: '/api/userdata/a%2Fb.json?full_info=true', body: {} },
    { operation: 'POST /api/userdata/{file}', path: '/api/userdata/a%2Fb.json?overwrite=false', body: {}, status: 409 },
    { operation: 'GET /api/userdata', path: '/api/userdata?dir=a' },
    { operation: 'GET /api/userdata', path: '/api/userdata?dir=nobody', status: 404 },
    { operation: 'GET /api/v2/userdata', path: '/api/v2/userdata' },
    {
      operation: 'POST /api/userdata/{file}/move/{dest}',
      path: '/api/userdata/a%2Fb.json/move/c.json?full_info=true',
      body: {},
    },
    { operation: 'GET /api/userdata/{file}', path: '/api/userdata/gone.json', status: 404 },
    { operation: 'POST /api/settings', path: '/api/settings', body: { a: 1 } },
    { operation: 'GET /api/settings', path: '/api/settings' },
    { operation: 'POST /api/settings/{id}', path: '/api/settings/b', body: true },
    { operation: 'GET /api/settings/{id}', path: '/api/settings/b' },
    { operation: 'GET /api/extensions', path: '/api/extensions' },
    { operation: 'GET /api/workflow_templates', path: '/api/workflow_templates' },
    { operation: 'GET /api/i18n', path: '/api/i18n' },
    { operation: 'GET /api/global_subgraphs', path: '/api/global_subgraphs' },
    { operation: 'GET /api/node_replacements', path: '/api/node_replacements' },
    { operation: 'GET /internal/files/{directory_type}', path: '/internal/files/input' },
    ...Object.keys(differingOperations).map((operation) => ({ operation, path: operation.split(' ')[1]! })),
  ]

  it('is really compared: a wrong answer is seen', () => {
    expect(openApi.faults('GET /api/prompt', 200, { exec_info: { queue_remaining: 'many' } })).toHaveLength(1)
    expect(openApi.faults('GET /api/queue', 200, { queue_running: [[0, 1]] }).length).toBeGreaterThan(0)
    expect(openApi.faults('GET /api/prompt', 418, {})).toHaveLength(1)
  })

  it('describes every answer of the engine', async () => {
    const faults: string[] = []
    for (const { operation, path, body, status = 200, form } of calls()) {
      called.add(operation)
      const method = operation.split(' ')[0]!
      const payload = form?.() ?? (body === undefined ? undefined : JSON.stringify(body))
      const response = await engine.fetch(path, { method, body: payload })
      if (response.status !== status) faults.push(`${operation}: ${response.status} in place of ${status}`)
      const isJson = response.headers.get('content-type')?.startsWith('application/json')
      const answer = isJson ? await response.json() : null
      if (!(operation in differingOperations)) faults.push(...openApi.faults(operation, response.status, answer))
    }
    expect(faults).toEqual([])
  })

  it('describes the answers of the asset routes', async () => {
    const faults: string[] = []
    const ask = async (operation: string, path: string, body?: BodyInit) => {
      called.add(operation)
      const response = await engine.fetch(path, { method: operation.split(' ')[0]!, body })
      const text = await response.text()
      const answer = text === '' ? null : JSON.parse(text)
      faults.push(...openApi.faults(operation, response.status, answer))
      return answer
    }
    const form = new FormData()
    form.append('tags', 'input,label')
    form.append('file', new Blob(['some bytes']), 'some.txt')
    const { id, hash } = await ask('POST /api/assets', '/api/assets', form)
    const json = JSON.stringify
    await ask('HEAD /api/assets/hash/{hash}', `/api/assets/hash/${hash}`)
    await ask('HEAD /api/assets/hash/{hash}', `/api/assets/hash/blake3:${'0'.repeat(64)}`)
    await ask('POST /api/assets/from-hash', '/api/assets/from-hash', json({ hash, name: 'again', tags: [] }))
    await ask('GET /api/assets', '/api/assets?limit=1&include_tags=input')
    await ask('GET /api/assets/{id}', `/api/assets/${id}`)
    await ask('GET /api/assets/{id}', `/api/assets/${crypto.randomUUID()}`)
    await ask('PUT /api/assets/{id}', `/api/assets/${id}`, json({ name: 'other' }))
    await ask('POST /api/assets/{id}/tags', `/api/assets/${id}/tags`, json({ tags: ['x'] }))
    await ask('DELETE /api/assets/{id}/tags', `/api/assets/${id}/tags`, json({ tags: ['x'] }))
    await ask('GET /api/tags', '/api/tags')
    await ask('GET /api/assets/tags/refine', '/api/assets/tags/refine')
    await engine.until(async () => (await engine.get('/api/assets/seed/status')).state === 'IDLE')
    await ask('POST /api/assets/seed', '/api/assets/seed?wait=true', json({ roots: ['input'] }))
    await ask('GET /api/assets/seed/status', '/api/assets/seed/status')
    await ask('POST /api/assets/seed/cancel', '/api/assets/seed/cancel')
    await ask('POST /api/assets/prune', '/api/assets/prune')
    await ask('DELETE /api/assets/{id}', `/api/assets/${id}`)
    expect(faults).toEqual([])
  })

  it('describes nothing that the engine does not serve', async () => {
    const notCalled = openApi.operations.filter((operation) => !called.has(operation) && operation !== 'GET /ws')
    for (const operation of notCalled) {
      const [method, route] = operation.split(' ') as [string, string]
      const path = route.replace('{hash}', `blake3:${'0'.repeat(64)}`).replaceAll(/\{\w+\}/g, crypto.randomUUID())
      const { status } = await engine.fetch(path, { method })
      // Served, if only to say what is missing in this bare request; the router's own 404 is plain text.
      expect([200, 204, 400, 404], operation).toContain(status)
    }
  })
})
