/**
 * @file A client written for ComfyUI, through the studio's port with the key: upload, queue, follow, history, view.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'playwright/test'
import { WebSocket } from 'ws'
import { apiKey, projectRoot, type Studio, startStudio, until } from './studio.ts'

let studio: Studio

test.beforeAll(async () => {
  studio = await startStudio()
  await until(
    () => studio.json<{ engine: { state: string } }>('/api/admin/system'),
    (s) => s.engine.state === 'ready',
  )
})
test.afterAll(() => studio.dispose())

interface Message {
  type: string
  data: Record<string, unknown>
}

/** Connects as a Comfy client does and collects what arrives. */
async function connect(clientId: string, query = `&token=${apiKey}`) {
  const socket = new WebSocket(`${studio.url.replace('http', 'ws')}/ws?clientId=${clientId}${query}`)
  const messages: Message[] = []
  const frames: Buffer[] = []
  socket.on('message', (data, isBinary) => {
    if (isBinary) frames.push(data as Buffer)
    else messages.push(JSON.parse(String(data)))
  })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  return { socket, messages, frames }
}

test('a Comfy client uploads, queues, follows and fetches its picture', async () => {
  const form = new FormData()
  form.set('image', new Blob([await readFile(join(projectRoot, 'studio-data/defaults/input/chelsea.png'))]), 'cat.png')
  const uploaded = await studio.json<{ name: string; subfolder: string; type: string }>('/api/upload/image', {
    method: 'POST',
    body: form,
  })
  expect(uploaded).toMatchObject({ name: 'cat.png', subfolder: '', type: 'input', asset: { name: 'cat.png' } })

  const { socket, messages } = await connect('test-client')
  const prompt = {
    1: { class_type: 'LoadImage', inputs: { image: uploaded.name } },
    2: {
      class_type: 'ImageScale',
      inputs: { image: ['1', 0], upscale_method: 'bilinear', width: 64, height: 48, crop: 'disabled' },
    },
    3: { class_type: 'SaveImage', inputs: { images: ['2', 0], filename_prefix: 'small' } },
  }
  const queued = await studio.json<{ prompt_id: string; number: number; node_errors: object }>('/api/prompt', {
    method: 'POST',
    body: JSON.stringify({ prompt, client_id: 'test-client' }),
  })
  expect(queued.node_errors).toEqual({})
  await until(
    async () => messages,
    (all) => all.some((m) => m.type === 'executing' && m.data.node === null),
  )
  const ours = messages.filter((m) => m.data.prompt_id === queued.prompt_id).map((m) => m.type)
  expect(ours[0]).toBe('execution_start')
  expect(ours[1]).toBe('execution_cached')
  expect(ours).toContain('executed')
  expect(ours.indexOf('execution_success')).toBeGreaterThan(ours.indexOf('executed'))
  socket.close()

  const history = await studio.json<
    Record<string, { outputs: Record<string, { images: { filename: string; subfolder: string; type: string }[] }> }>
  >(`/api/history/${queued.prompt_id}`)
  const [image] = history[queued.prompt_id].outputs['3'].images
  expect(image).toMatchObject({ filename: 'small_00001_.png', type: 'output' })
  const picture = await studio.request(`/api/view?${new URLSearchParams(image)}`)
  expect(picture.headers.get('content-type')).toBe('image/png')
  const bytes = Buffer.from(await picture.arrayBuffer())
  expect(bytes.readUInt32BE(16)).toBe(64)
  expect(bytes.readUInt32BE(20)).toBe(48)
  expect(bytes.includes('tEXtprompt')).toBe(true)
})

test('what a Comfy client made is a job in the gallery too', async () => {
  const { jobs } = await studio.json<{ jobs: { status: string; outputs: { filename: string }[] }[] }>('/api/admin/jobs')
  expect(jobs[0]).toMatchObject({ status: 'completed', outputs: [{ filename: 'small_00001_.png' }] })
})

test('the socket is refused without the key and from a foreign page', async () => {
  await expect(connect('nobody', '')).rejects.toThrow(/401/)
  const socket = new WebSocket(`${studio.url.replace('http', 'ws')}/ws?clientId=x&token=${apiKey}`, {
    origin: 'https://evil.example',
  })
  await expect(
    new Promise((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    }),
  ).rejects.toThrow(/403/)
})

test('an invalid graph is refused with the errors ComfyUI gives', async () => {
  const refuse = async (prompt: unknown) => {
    const response = await studio.request('/api/prompt', { method: 'POST', body: JSON.stringify({ prompt }) })
    return { status: response.status, body: await response.json() }
  }
  expect(await refuse({ 1: { class_type: 'NoSuchNode', inputs: {} } })).toMatchObject({
    status: 400,
    body: { error: { type: 'missing_node_type' }, node_errors: {} },
  })
  expect(await refuse({ 1: { class_type: 'EmptyImage', inputs: {} } })).toMatchObject({
    status: 400,
    body: { error: { type: 'prompt_no_outputs' } },
  })
  expect(
    await refuse({
      1: { class_type: 'LoadImage', inputs: { image: '../../secret.png' } },
      2: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
    }),
  ).toMatchObject({
    status: 400,
    body: {
      error: { type: 'prompt_outputs_failed_validation' },
      node_errors: { 1: { errors: [{ type: 'custom_validation_failed' }] } },
    },
  })
})
