import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { savePicture, shrinkFile, upscaleForLong } from './graphs.ts'
import { startEngine, type TestEngine } from './harness.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine.stop())

describe('POST /prompt', () => {
  it('counts up, also for refused prompts, and leaves the counter alone for an explicit number', async () => {
    const number = async (extra: object) =>
      (await engine.post('/prompt', { prompt: savePicture(), ...extra })).body.number
    const first = await number({})
    await engine.post('/prompt', { prompt: {} })
    expect(await number({})).toBe(first + 2)
    expect(await number({ number: 2.5 })).toBe(2.5)
    expect(await number({ front: true })).toBe(-(first + 3))
    expect(await number({ number: 7, front: true })).toBe(7)
  })

  it('keeps the given id, makes one where there is none, and refuses other forms', async () => {
    const id = crypto.randomUUID()
    expect((await engine.post('/api/prompt', { prompt: savePicture(), prompt_id: id })).body.prompt_id).toBe(id)
    const made = await engine.post('/prompt', { prompt: savePicture(), prompt_id: null })
    expect(made.body.prompt_id).toMatch(/^[0-9a-f-]{36}$/)
    expect(made.body.job).toMatch(/^\d{8}_\d{6}_[0-9a-f]{6}$/)
    for (const bad of [id.toUpperCase(), id.replaceAll('-', ''), 'x', 7, '']) {
      const { status, body } = await engine.post('/prompt', { prompt: savePicture(), prompt_id: bad })
      expect(status).toBe(400)
      expect(body).toEqual({
        error: {
          type: 'invalid_prompt_id',
          message: 'prompt_id must be a valid UUID',
          details:
            'prompt_id must be a UUID string in canonical lowercase hyphenated form; omit it to let the server generate one',
          extra_info: {},
        },
        node_errors: {},
      })
    }
  })

  it('refuses in ComfyUI words', async () => {
    const refusal = async (body: unknown) => {
      const answer = await engine.post('/prompt', body)
      expect(answer.status).toBe(400)
      return answer.body
    }
    expect(await refusal({})).toEqual({
      error: { type: 'no_prompt', message: 'No prompt provided', details: 'No prompt provided', extra_info: {} },
      node_errors: {},
    })
    expect((await refusal({ prompt: {} })).error.type).toBe('prompt_no_outputs')
    expect((await refusal({ prompt: { 1: { class_type: 'Nobody', inputs: {} } } })).error.type).toBe(
      'missing_node_type',
    )
    const missing = await refusal({ prompt: shrinkFile('nobody.png') })
    expect(missing.error.type).toBe('prompt_outputs_failed_validation')
    expect(missing.node_errors['1']).toMatchObject({
      class_type: 'LoadImage',
      dependent_outputs: ['3'],
      errors: [{ type: 'custom_validation_failed' }],
    })
    expect((await refusal({ prompt: shrinkFile('../../secrets/x') })).node_errors['1'].errors).toHaveLength(1)
    expect((await refusal({ prompt: savePicture(), number: 'many' })).error.message).toBe('number must be a number')
    const studio = { workflow: 7 }
    expect((await refusal({ prompt: savePicture(), extra_data: { studio } })).error.message).toMatch(/studio/)
  })

  it('accepts a partly valid prompt and says what is wrong with the rest', async () => {
    const prompt = {
      ...savePicture(0x20),
      8: { class_type: 'LoadImage', inputs: { image: 'nobody.png' } },
      9: { class_type: 'SaveImage', inputs: { images: ['8', 0], filename_prefix: 'b' } },
    }
    const { status, body } = await engine.post('/prompt', { prompt })
    expect(status).toBe(200)
    expect(Object.keys(body.node_errors)).toEqual(['8'])
    const entry = await engine.until(async () => (await engine.get(`/history/${body.prompt_id}`))[body.prompt_id])
    expect(entry.prompt[4]).toEqual(['2'])
  })

  it('answers broken JSON, deep JSON and JSON that is no object with 400, and lives', async () => {
    const deep = `{"extra_data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    for (const body of ['{broken', '', '[]', '"text"', 'null', deep]) {
      for (const path of ['/prompt', '/queue', '/history', '/free']) {
        const response = await engine.fetch(path, { method: 'POST', body })
        expect([path, body.slice(0, 8), response.status]).toEqual([path, body.slice(0, 8), 400])
        expect(await response.json()).toHaveProperty('error')
      }
    }
    expect((await engine.fetch('/prompt')).status).toBe(200)
  })

  it('reads JSON whatever the Content-Type says', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'nonsense', 'application/json; charset=x']) {
      const response = await engine.fetch('/prompt', {
        method: 'POST',
        headers: { 'content-type': type },
        body: JSON.stringify({ prompt: savePicture() }),
      })
      expect([type, response.status]).toEqual([type, 200])
    }
  })

  it('keeps secrets out of every answer and file', async () => {
    const extra_data = {
      api_key_comfy_org: 'hidden-1',
      auth_token_comfy_org: 'hidden-2',
      extra_pnginfo: { workflow: { id: 'w-1' } },
    }
    const socket = await engine.connect()
    await engine.queue(upscaleForLong(1024, 0x7070), { client_id: socket.id, extra_data })
    const waiting = await engine.queue(savePicture(0x7071), { client_id: socket.id, extra_data })
    await socket.until((event) => event.type === 'progress')
    const during = JSON.stringify([await engine.get('/queue'), await engine.get('/api/jobs')])
    await engine.post('/interrupt', {})
    await socket.until(
      (event) => event.type === 'executing' && event.data.node === null && event.data.prompt_id === waiting.promptId,
    )
    const texts = [
      during,
      JSON.stringify(await engine.get('/history')),
      JSON.stringify(await engine.get(`/api/jobs/${waiting.promptId}`)),
      await readFile(join(engine.output, waiting.job, 'job.json'), 'utf8'),
      (await readFile(join(engine.directory, 'database/engine.db'))).toString('latin1'),
    ]
    for (const text of texts) expect(text).not.toMatch(/hidden-[12]/)
    expect((await engine.get(`/api/jobs/${waiting.promptId}`)).workflow_id).toBe('w-1')
  })

  it('copies the usage source and stamps the time', async () => {
    const response = await engine.fetch('/prompt', {
      method: 'POST',
      headers: { 'Comfy-Usage-Source': 'a-script' },
      body: JSON.stringify({ prompt: savePicture(0x21), client_id: 'me' }),
    })
    const { prompt_id } = (await response.json()) as { prompt_id: string }
    const entry = await engine.until(async () => (await engine.get(`/history/${prompt_id}`))[prompt_id])
    expect(entry.prompt[3]).toMatchObject({ client_id: 'me', comfy_usage_source: 'a-script' })
    expect(entry.prompt[3].create_time).toBeGreaterThan(1.7e12)
  })
})

describe('GET /api/jobs', () => {
  it('filters, sorts and pages', async () => {
    const extra_data = { extra_pnginfo: { workflow: { id: 'paged' } } }
    const ids: string[] = []
    for (const colour of [1, 2, 3]) ids.push((await engine.run(savePicture(0x900 + colour), { extra_data })).promptId)
    const list = async (query: string) => engine.get(`/api/jobs?workflow_id=paged&${query}`)
    const idsOf = async (query: string) => (await list(query)).jobs.map((job: { id: string }) => job.id)
    expect(await idsOf('')).toEqual([...ids].reverse())
    expect(await idsOf('sort_order=asc')).toEqual(ids)
    expect(await list('sort_order=asc&limit=2&offset=1')).toMatchObject({
      jobs: [{ id: ids[1] }, { id: ids[2] }],
      pagination: { offset: 1, limit: 2, total: 3, has_more: false },
    })
    expect((await list('limit=1')).pagination).toEqual({ offset: 0, limit: 1, total: 3, has_more: true })
    expect((await list('offset=-5')).pagination).toEqual({ offset: 0, limit: null, total: 3, has_more: false })
    expect(await idsOf('status=failed,cancelled')).toEqual([])
    expect(await idsOf('sort_by=execution_duration')).toHaveLength(3)
    const [job] = (await list('limit=1')).jobs
    expect(job).toMatchObject({
      status: 'completed',
      outputs_count: 1,
      workflow_id: 'paged',
      preview_output: { type: 'output', nodeId: '2', mediaType: 'images' },
    })
    expect(job.execution_end_time).toBeGreaterThanOrEqual(job.execution_start_time)
    const detail = await engine.get(`/api/jobs/${job.id}`)
    expect(detail.outputs['2'].images).toHaveLength(1)
    expect(detail.execution_status.status_str).toBe('success')
    expect(detail.workflow.prompt['1'].class_type).toBe('EmptyImage')
  })

  it.each([
    ['status=done', 'Invalid status value(s): done. Valid values: pending, in_progress, completed, failed, cancelled'],
    ['sort_by=name', "sort_by must be 'created_at' or 'execution_duration'"],
    ['sort_order=up', "sort_order must be 'asc' or 'desc'"],
    ['limit=0', 'limit must be a positive integer'],
    ['limit=x', 'limit must be an integer'],
    ['offset=1.5', 'offset must be an integer'],
  ])('refuses %s', async (query, error) => {
    const response = await engine.fetch(`/api/jobs?${query}`)
    expect([response.status, await response.json()]).toEqual([400, { error }])
  })

  it('is served with /api only, and cancels only what is well named', async () => {
    expect((await engine.fetch('/jobs')).status).toBe(404)
    expect(await engine.post('/api/jobs/cancel', { job_ids: 'x' })).toEqual({
      status: 400,
      body: { error: 'job_ids must be a list' },
    })
    expect(await engine.post('/api/jobs/cancel', { job_ids: ['x', crypto.randomUUID()] })).toEqual({
      status: 400,
      body: { error: 'job_ids contains invalid id(s)', invalid_ids: ['x'] },
    })
    const broken = await engine.fetch('/api/jobs/cancel', { method: 'POST', body: '{' })
    expect([broken.status, await broken.json()]).toEqual([400, { error: 'Request body must be valid JSON' }])
    expect((await engine.post('/api/jobs/cancel', { job_ids: [crypto.randomUUID()] })).body).toEqual({
      cancelled: false,
    })
    expect((await engine.fetch('/api/jobs/unknown')).status).toBe(404)
  })
})

describe('what the engine says of itself', () => {
  it('answers bare and below /api', async () => {
    for (const path of ['/prompt', '/queue', '/history', '/object_info', '/system_stats', '/features', '/users']) {
      for (const url of [path, `/api${path}`]) expect((await engine.fetch(url)).status, url).toBe(200)
    }
  })

  it('describes nodes, one or all, and nothing for an unknown class', async () => {
    const all = await engine.get('/object_info')
    expect(all.SaveImage.output_node).toBe(true)
    expect(await engine.get('/object_info/SaveImage')).toEqual({ SaveImage: all.SaveImage })
    expect(await engine.get('/object_info/__proto__')).toEqual({})
    expect(await engine.get('/global_subgraphs/none')).toBeNull()
  })

  it('has one device, and says what it can do', async () => {
    const { system, devices } = await engine.get('/system_stats')
    expect(devices[0]).toMatchObject({ type: 'cpu', index: 0 })
    expect(system.ram_total).toBeGreaterThan(0)
    expect(await engine.get('/features')).toMatchObject({ assets: true, max_upload_size: 104857600 })
  })

  it('frees memory after what runs, so the next run is complete', async () => {
    await engine.run(savePicture(0xabc))
    expect((await engine.post('/free', { unload_models: true, free_memory: true })).status).toBe(200)
    const { entry } = await engine.run(savePicture(0xabc))
    expect(entry.status.messages[1]).toMatchObject(['execution_cached', { nodes: [] }])
  })
})
