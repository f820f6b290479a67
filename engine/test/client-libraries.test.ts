/** @file Client libraries that were written for ComfyUI, as published: upload, prompt, watch, fetch the result. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CallWrapper, ComfyApi, PromptBuilder } from '@saintno/comfyui-sdk'
import { Client } from '@stable-canvas/comfyui-client'
import { ComfyUIClient } from 'comfy-ui-client'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { findProjectRoot } from '#platform/project-root'
import { makePackDirectory } from '../packs/testing/pack-directory.ts'
import { startEngine, type TestEngine } from './harness.ts'

/** Lets its picture through once a file is there, and reports progress until then. */
const gatePack = `import { existsSync } from 'node:fs'
  export default ({ defineNode, input }) => [defineNode({
    classType: 'Gate', category: 'test', inputs: { image: input.link('IMAGE'), file: input.string() }, outputs: [{ type: 'IMAGE' }],
    async execute({ image, file }, context) {
      while (!existsSync(file)) {
        await context.progress(0, 1)
        await new Promise((done) => setTimeout(done, 25))
      }
      return [image]
    } })]`

let engine: TestEngine
let photo: Buffer

beforeAll(async () => {
  const packs = await makePackDirectory()
  await packs.write({ 'custom_nodes/gate.mjs': gatePack })
  engine = await startEngine({ directory: packs.path })
  photo = await readFile(join(findProjectRoot(), 'studio-data/defaults/input/chelsea.png'))
})
afterAll(() => engine.stop())

const host = () => new URL(engine.url).host

/**
 * What a library makes of a job. The libraries listen for its end only after its acceptance was read: until then a gate
 * is closed.
 */
async function onceHeard<T>(name: string, enqueue: (gate: string) => Promise<T>, listens: () => boolean): Promise<T> {
  const gate = join(engine.directory, name)
  const result = enqueue(gate)
  await Promise.race([engine.until(async () => listens()), result])
  await writeFile(gate, '')
  return result
}

/** chelsea.png is 451 × 300. */
const halved = (image: string, gate: string) => ({
  '1': { class_type: 'LoadImage', inputs: { image }, _meta: { title: 'Read' } },
  '2': {
    class_type: 'ImageScaleBy',
    inputs: { image: ['4', 0], upscale_method: 'bilinear', scale_by: 0.5 },
    _meta: { title: 'Halve' },
  },
  '3': {
    class_type: 'SaveImage',
    inputs: { images: ['2', 0], filename_prefix: 'client' },
    _meta: { title: 'Save' },
  },
  '4': { class_type: 'Gate', inputs: { image: ['1', 0], file: gate }, _meta: { title: 'Gate' } },
})
const sizeOf = async (bytes: Uint8Array) => {
  const { width, height } = await sharp(bytes).metadata()
  return [width, height]
}
const half = [226, 150]

it('comfy-ui-client', async () => {
  const client = new ComfyUIClient(host(), crypto.randomUUID())
  await client.connect()
  try {
    const uploaded = await client.uploadImage(photo, 'first.png')
    const { ws } = client as unknown as { ws: WebSocket }
    const images = await onceHeard(
      'first',
      (gate) => client.getImages(halved(uploaded.name, gate) as never),
      // One of them only writes to its log.
      () => ws.listenerCount('message') > 1,
    )
    const [{ blob, image }] = images['3'] as unknown as [{ blob: Blob; image: object }]
    expect(image).toMatchObject({ type: 'output', filename: expect.stringMatching(/\.png$/) })
    expect(await sizeOf(new Uint8Array(await blob.arrayBuffer()))).toEqual(half)
    expect((await client.getSystemStats()) as object).toHaveProperty('devices')
  } finally {
    await client.disconnect()
  }
})

it('@stable-canvas/comfyui-client', async () => {
  const client = new Client({ api_host: host(), WebSocket: WebSocket as never, fetch })
  await client.connect({ timeout_ms: 100_000 })
  try {
    const form = new FormData()
    form.append('image', new Blob([new Uint8Array(photo)]), 'second.png')
    const stored = (await (await client.fetchApi('/upload/image', { method: 'POST', body: form })).json()) as {
      name: string
    }
    const output = await onceHeard(
      'second',
      (gate) => client.enqueue(halved(stored.name, gate)),
      () => client.events.listenerCount('executed') > 0,
    )
    expect(output.images).toHaveLength(1)
    const [image] = output.images as [{ type: string; data: string | ArrayBuffer }]
    const bytes = image.type === 'url' ? await (await fetch(image.data as string)).arrayBuffer() : image.data
    expect(await sizeOf(new Uint8Array(bytes as ArrayBuffer))).toEqual(half)
  } finally {
    client.close()
  }
})

it('@saintno/comfyui-sdk', async () => {
  const api = new ComfyApi(engine.url, crypto.randomUUID(), {
    customWebSocketImpl: WebSocket as never,
  } as never).init()
  await api.waitForReady()
  try {
    const uploaded = await api.uploadImage(photo, 'third.png')
    expect(uploaded).not.toBe(false)
    const { filename } = (uploaded as { info: { filename: string } }).info
    const seen: string[] = []
    let isHeard = false
    const run = (gate: string) => {
      const workflow = new PromptBuilder(halved(filename, gate), [], ['out'])
      workflow.setOutputNode('out' as never, '3')
      return new CallWrapper(api, workflow as never)
        .onProgress(() => {
          isHeard = true
        })
        .onOutput((name) => void seen.push(String(name)))
        .onFinished(() => void seen.push('finished'))
        .run()
    }
    const result = (await onceHeard('third', run, () => isHeard)) as
      | { out: { images: { filename: string; subfolder: string; type: string }[] } }
      | false
    if (result === false) throw new Error('the run failed')
    expect(seen).toEqual(['out', 'finished'])
    const bytes = await api.getImage(result.out.images[0] as never)
    expect(await sizeOf(new Uint8Array(await bytes.arrayBuffer()))).toEqual(half)
  } finally {
    api.destroy?.()
  }
})
