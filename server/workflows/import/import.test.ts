/** Dropped files as a caller of the API brings them: over a real HTTP app, with files as ComfyUI writes them and as a stranger would. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InspectedWorkflow, WorkflowSummary } from '#contracts/workflows'
import { findFfmpeg } from '#platform/ffmpeg'
import { everyoneIsSignedIn } from '../../http/access.ts'
import { type App, createApp } from '../../http/app.ts'
import { ownWorkflowRoutes } from '../own-routes.ts'
import { createOwnWorkflows } from '../own-workflows.ts'
import { createRequirements } from '../requirements.ts'
import { workflowRoutes } from '../routes.ts'
import { createWorkflowFiles } from '../workflow-files.ts'
import { createWorkflows } from '../workflows.ts'
import { inspectWorkflow } from './inspect-workflow.ts'

const node = (required: object, output: string[] = [], more: object = {}) => ({ input: { required }, output, ...more })
const objectInfo = {
  LoadImage: node({ image: [['cat.png', 'dog.png'], { image_upload: true }] }, ['IMAGE', 'MASK'], {
    display_name: 'Load Image',
  }),
  CheckpointLoaderSimple: node({ ckpt_name: [['small.safetensors']] }, ['MODEL', 'CLIP', 'VAE']),
  CLIPTextEncode: node({ text: ['STRING', { multiline: true }], clip: ['CLIP'] }, ['CONDITIONING']),
  KSampler: node(
    {
      model: ['MODEL'],
      seed: ['INT', { default: 0, min: 0, max: 18446744073709552000, control_after_generate: true }],
      steps: ['INT', { default: 20, min: 1, max: 10000 }],
      cfg: ['FLOAT', { default: 8, min: 0, max: 100, step: 0.1 }],
      sampler_name: [['euler', 'heun']],
      positive: ['CONDITIONING'],
      negative: ['CONDITIONING'],
      latent_image: ['LATENT'],
      denoise: ['FLOAT', { default: 1, min: 0, max: 1, step: 0.01 }],
    },
    ['LATENT'],
  ),
  EmptyLatentImage: node(
    {
      width: ['INT', { min: 16, max: 16384, step: 8 }],
      height: ['INT', { min: 16, max: 16384, step: 8 }],
      batch_size: ['INT', { min: 1, max: 64 }],
    },
    ['LATENT'],
  ),
  ImageInvert: node({ image: ['IMAGE'] }, ['IMAGE'], { display_name: 'Invert Image' }),
  SaveImage: node({ images: ['IMAGE'], filename_prefix: ['STRING', { default: 'ComfyUI' }] }, [], {
    output_node: true,
  }),
  Broken: 'a custom node with a declaration of its own mind',
}

const invert = {
  '1': { class_type: 'LoadImage', inputs: { image: 'cat.png' }, _meta: { title: 'The picture' } },
  '2': { class_type: 'ImageInvert', inputs: { image: ['1', 0] } },
  '3': { class_type: 'SaveImage', inputs: { images: ['2', 0], filename_prefix: 'out' } },
}
const diffusion = {
  '3': {
    class_type: 'KSampler',
    inputs: {
      seed: 42,
      steps: 99999,
      cfg: 7.5,
      sampler_name: 'gone',
      denoise: 1,
      model: ['4', 0],
      positive: ['6', 0],
      negative: ['7', 0],
      latent_image: ['5', 0],
    },
    is_changed: [null],
  },
  '4': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'big.safetensors' } },
  '5': { class_type: 'EmptyLatentImage', inputs: { width: 512, height: 768, batch_size: 1 } },
  '6': {
    class_type: 'CLIPTextEncode',
    inputs: { text: 'a cat', clip: ['4', 1] },
    _meta: { title: 'CLIP Text Encode (Prompt)' },
  },
  '7': {
    class_type: 'CLIPTextEncode',
    inputs: { text: 'blurry', clip: ['4', 1] },
    _meta: { title: 'CLIP Text Encode (Prompt)' },
  },
  '8': { class_type: 'SaveImage', inputs: { images: ['3', 0], filename_prefix: 'out' } },
  '9': { class_type: 'CLIPTextEncode', inputs: { text: 'feeds nothing', clip: ['4', 1] } },
}

let root: string
let app: App
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'studio-import-'))
  const engine = {
    objectInfo: async () => objectInfo as Record<string, unknown>,
    nodeClasses: async () => new Set(Object.keys(objectInfo)),
    models: async () => ['small.safetensors'],
  }
  const files = createWorkflowFiles({ user: join(root, 'workflows'), shipped: join(root, 'shipped') })
  const requirements = createRequirements({ engine, modelRoots: [], now: Date.now, freshness: 0 })
  const workflows = createWorkflows(files, requirements)
  app = createApp({ authenticator: everyoneIsSignedIn })
  const deps = {
    workflows,
    own: createOwnWorkflows(join(root, 'workflows'), files),
    inspect: (file: { path: string; name: string }) => inspectWorkflow({ engine, requirements }, file),
    cacheDirectory: join(root, 'cache'),
  }
  await app.register(workflowRoutes(deps), { prefix: '/api/admin' })
  await app.register(ownWorkflowRoutes(deps), { prefix: '/api/admin' })
})
afterEach(async () => {
  await app.close()
  await rm(root, { recursive: true, force: true })
})

const drop = (body: Buffer | string | object, name = 'my workflow.json') =>
  app.inject({
    method: 'POST',
    url: `/api/admin/workflows/inspect?name=${encodeURIComponent(name)}`,
    headers: { 'content-type': 'application/octet-stream' },
    payload: Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body),
  })
const inspected = async (...given: Parameters<typeof drop>) => {
  const answer = await drop(...given)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json() as InspectedWorkflow
}
const post = (url: string, payload: object) => app.inject({ method: 'POST', url: `/api/admin${url}`, payload })

describe('a graph in API format', () => {
  it('gets a form: prompts first, then pictures, seed, size and sampler; labels from titles; ranges from the node', async () => {
    const { workflow, source, missing, ready, notes } = await inspected(diffusion)
    expect(source).toBe('api')
    expect(workflow.name).toBe('my workflow')
    expect(workflow.inputs.map(({ label, type, advanced = false }) => [label, type, advanced])).toEqual([
      ['Prompt', 'text', false],
      ['Negative prompt', 'text', false],
      ['Seed', 'seed', false],
      ['EmptyLatentImage: width', 'int', false],
      ['EmptyLatentImage: height', 'int', false],
      ['EmptyLatentImage: how many at once', 'int', false],
      ['KSampler: steps', 'int', false],
      ['KSampler: guidance (CFG)', 'float', false],
      ['KSampler: denoise', 'float', false],
      ['CheckpointLoaderSimple', 'model', true],
      ['KSampler: sampler name', 'select', true],
      ['SaveImage', 'text', true],
    ])
    expect(workflow.inputs.find(({ type }) => type === 'seed')).toMatchObject({ default: 42 })
    expect(workflow.inputs[3]).toMatchObject({
      default: 512,
      min: 16,
      max: 16384,
      step: 8,
      targets: [{ node: '5', input: 'width' }],
    })
    expect(notes).toEqual(['KSampler: steps: 99999 is outside of what the node takes; it is set to 10000.'])
    expect(workflow.models).toEqual([{ folder: 'checkpoints', file: 'big.safetensors' }])
    expect({ missing, ready }).toEqual({
      missing: { models: ['checkpoints/big.safetensors'], nodes: [] },
      ready: false,
    })
    expect(workflow.outputs).toEqual([{ node: '8', kind: 'final', label: 'SaveImage' }])
  })

  it('starts a picture field empty when this pod does not have the picture', async () => {
    const field = async (image: string) =>
      (await inspected({ ...invert, '1': { class_type: 'LoadImage', inputs: { image } } })).workflow.inputs[0]
    expect(await field('cat.png')).toMatchObject({ type: 'image', required: true, default: 'cat.png' })
    expect(await field('not here.png')).not.toHaveProperty('default')
  })

  it('names nodes that the pod does not have, and reads the rest', async () => {
    const { missing, ready } = await inspected({
      ...invert,
      '2': { class_type: 'FancyNode', inputs: { image: ['1', 0] } },
    })
    expect({ missing, ready }).toEqual({ missing: { models: [], nodes: ['FancyNode'] }, ready: false })
  })

  it('is read from the body of a prompt request, and with the NaN that Python writes', async () => {
    const text = JSON.stringify({ prompt: invert, client_id: 'x' }).replace(
      '"class_type":"ImageInvert"',
      '"class_type":"ImageInvert","is_changed":[NaN, -Infinity]',
    )
    expect((await inspected(text)).workflow.prompt).toEqual(invert)
  })

  it('draws a new seed where the old one is beyond what JSON carries', async () => {
    const big = JSON.stringify(diffusion).replace('"seed":42', '"seed":18446744073709551615')
    const { workflow, notes } = await inspected(big)
    expect(workflow.inputs.find(({ type }) => type === 'seed')).not.toHaveProperty('default')
    expect(notes.join()).toContain('too large to be kept exactly')
  })
})

describe('a picture or video', () => {
  const chunk = (type: string, data: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    return Buffer.concat([length, Buffer.from(type, 'latin1'), data, Buffer.alloc(4)])
  }
  const picture = () => sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
  const pngWith = async (...chunks: Buffer[]) => {
    const png = await picture().png().toBuffer()
    return Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)])
  }

  it.each([
    ['tEXt', (text: Buffer) => Buffer.concat([Buffer.from('prompt\0'), text])],
    ['zTXt', (text: Buffer) => Buffer.concat([Buffer.from('prompt\0\0'), deflateSync(text)])],
    ['iTXt', (text: Buffer) => Buffer.concat([Buffer.from('prompt\0\x01\0\0\0'), deflateSync(text)])],
  ])('gives the workflow of a PNG with %s', async (type, data) => {
    const { source, workflow } = await inspected(
      await pngWith(chunk(type, data(Buffer.from(JSON.stringify(invert))))),
      'ComfyUI_00001_.png',
    )
    expect(source).toBe('png')
    expect(workflow).toMatchObject({ name: 'ComfyUI 00001', prompt: invert })
  })

  it('gives the workflow of a WebP', async () => {
    const webp = await picture()
      .withExif({ IFD0: { Model: `prompt:${JSON.stringify(invert)}`, Make: 'workflow:{}' } })
      .webp()
      .toBuffer()
    expect(await inspected(webp, 'a.webp')).toMatchObject({ source: 'webp', workflow: { prompt: invert } })
  })

  it('gives the workflow of an MP4', async () => {
    const path = join(root, 'clip.mp4')
    await promisify(execFile)(findFfmpeg()!, [
      ...['-v', 'error', '-f', 'lavfi', '-i', 'color=red:s=16x16:d=0.1', '-movflags', 'use_metadata_tags'],
      ...[
        '-metadata',
        `prompt=${JSON.stringify({ ...invert, '1': { ...invert['1'], _meta: { title: 'a=b;c#d\\e\nf' } } })}`,
        path,
      ],
    ])
    const { source, workflow } = await inspected(await readFile(path), 'clip.mp4')
    expect(source).toBe('video')
    expect(workflow.prompt['1']!._meta).toEqual({ title: 'a=b;c#d\\e\nf' })
  })

  it('is refused in words when it carries none', async () => {
    const answer = await drop(await picture().png().toBuffer(), 'plain.png')
    expect(answer.statusCode).toBe(400)
    expect(answer.json().detail).toMatch(/^The file carries no workflow/)
  })

  it('does not unpack a text beyond the limit, nor believe lengths', async () => {
    const bomb = deflateSync(Buffer.alloc(64 * 1024 * 1024, 0x20))
    const huge = Buffer.from([0xff, 0xff, 0xff, 0xff, ...Buffer.from('tEXtprompt')])
    for (const data of [
      await pngWith(chunk('zTXt', Buffer.concat([Buffer.from('prompt\0\0'), bomb]))),
      await pngWith(huge),
      Buffer.concat([
        Buffer.from('RIFF\xff\xff\xff\xffWEBPEXIF\x10\0\0\0II*\0\xff\xff\xff\x7f', 'latin1'),
        Buffer.alloc(8),
      ]),
    ]) {
      expect((await drop(data, 'x.png')).statusCode).toBe(400)
    }
  })
})

describe('a document of the editor', () => {
  const editor = {
    nodes: [
      {
        id: 1,
        type: 'LoadImage',
        mode: 0,
        title: 'Source',
        outputs: [{ type: 'IMAGE' }],
        widgets_values: ['dog.png', 'image'],
      },
      {
        id: 2,
        type: 'ImageInvert',
        mode: 4,
        inputs: [{ name: 'image', type: 'IMAGE', link: 1 }],
        outputs: [{ type: 'IMAGE' }],
      },
      { id: 3, type: 'Reroute', inputs: [{ name: '', type: '*', link: 2 }], outputs: [{ type: 'IMAGE' }] },
      {
        id: 4,
        type: 'SaveImage',
        inputs: [
          { name: 'images', type: 'IMAGE', link: 3 },
          { name: 'filename_prefix', type: 'STRING', link: 4 },
        ],
        widgets_values: ['old'],
      },
      { id: 5, type: 'PrimitiveNode', outputs: [{ type: 'STRING' }], widgets_values: ['from a primitive'] },
      { id: 6, type: 'Note', widgets_values: ['hello'] },
    ],
    links: [
      [1, 1, 0, 2, 0, 'IMAGE'],
      [2, 2, 0, 3, 0, 'IMAGE'],
      [3, 3, 0, 4, 0, 'IMAGE'],
      [4, 5, 0, 4, 1, 'STRING'],
    ],
  }

  it('is converted: bypassed nodes, reroutes, primitives and notes as the editor means them', async () => {
    const { source, workflow } = await inspected(editor)
    expect(source).toBe('editor')
    expect(workflow.prompt).toEqual({
      '1': { class_type: 'LoadImage', inputs: { image: 'dog.png' }, _meta: { title: 'Source' } },
      '4': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'from a primitive' } },
    })
  })

  it('takes the seed’s control apart and gives every value its input', async () => {
    const sampler = { id: 1, type: 'KSampler', widgets_values: [7, 'randomize', 20, 8, 'euler', 1] }
    const save = {
      id: 2,
      type: 'SaveImage',
      inputs: [{ name: 'images', type: 'IMAGE', link: 1 }],
      widgets_values: ['x'],
    }
    const { workflow } = await inspected({ nodes: [sampler, save], links: [[1, 1, 0, 2, 0, 'IMAGE']] })
    expect(workflow.prompt['1']!.inputs).toEqual({ seed: 7, steps: 20, cfg: 8, sampler_name: 'euler', denoise: 1 })
  })

  it.each([
    [
      'values in another order',
      [{ id: 1, type: 'KSampler', widgets_values: [7, 'fixed', 'euler', 20, 8, 1] }],
      /cannot be read with certainty/,
    ],
    ['more values than controls', [{ id: 1, type: 'SaveImage', widgets_values: ['x', 'y'] }], /more values than/],
    [
      'unknown nodes',
      [{ id: 1, type: 'FancyNode', widgets_values: [1] }],
      /nodes that this pod does not have.*FancyNode/,
    ],
    ['a node that is none', [null], /cannot be read/],
  ])('is refused with what to do: %s', async (_what, nodes, words) => {
    const answer = await drop({ nodes, links: [] })
    expect(answer.statusCode).toBe(400)
    expect(answer.json().detail).toMatch(words)
    expect(answer.json().detail).toContain('Export (API)')
  })

  it('is refused with subgraphs, and ends when links run in a circle', async () => {
    expect((await drop({ ...editor, definitions: { subgraphs: [{}] } })).json().detail).toContain('subgraphs')
    const circle = {
      nodes: [
        { id: 1, type: 'Reroute', inputs: [{ link: 1 }] },
        { id: 2, type: 'SaveImage', inputs: [{ name: 'images', link: 1 }], widgets_values: ['x'] },
      ],
      links: [[1, 1, 0, 1, 0, '*']],
    }
    expect((await inspected(circle)).workflow.prompt['2']!.inputs).toEqual({ filename_prefix: 'x' })
  })
})

describe('a hostile file', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  it.each([
    ['nothing', '', 'not valid JSON'],
    ['no JSON', 'hello', 'not valid JSON'],
    ['depth', `{"1":{"class_type":"X","inputs":{"a":${deep}}}}`, 'levels deep'],
    ['a list', '[]', 'is no workflow'],
    ['an object of anything', '{"a": 1}', 'is no workflow'],
    ['a node called __proto__', '{"__proto__": {"class_type": "SaveImage", "inputs": {}}}', 'not acceptable'],
    [
      'an input called __proto__',
      '{"1": {"class_type": "SaveImage", "inputs": {"__proto__": {"polluted": true}}}}',
      'not acceptable',
    ],
    ['inputs that are a list', '{"1": {"class_type": "SaveImage", "inputs": []}}', 'not an object'],
    ['a class that is a number', '{"1": {"class_type": 1}}', 'does not say what it is'],
    ['a link to nowhere', '{"1": {"class_type": "SaveImage", "inputs": {"images": ["99", 0]}}}', 'does not have'],
    ['no result', '{"1": {"class_type": "ImageInvert", "inputs": {}}}', 'no node that gives a result'],
    [
      'too many nodes',
      JSON.stringify(Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [i, { class_type: 'SaveImage' }]))),
      'more than 2000',
    ],
    ['size', `{"x": "${'a'.repeat(2_200_000)}"}`, '2 MB'],
  ])('is refused in words: %s', async (_what, text, words) => {
    const answer = await drop(text)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().detail).toContain(words)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('leaves nothing behind, and its name leads nowhere', async () => {
    await drop('hello')
    const { workflow } = await inspected(invert, '../../etc/pass wd.json')
    expect(workflow.name).toBe('pass wd')
    expect(await readdir(join(root, 'cache'))).toEqual([])
  })

  it('in a circle is read without going round', async () => {
    const circle = {
      '1': { class_type: 'SaveImage', inputs: { images: ['2', 0] } },
      '2': { class_type: 'ImageInvert', inputs: { image: ['2', 0] } },
    }
    expect((await drop(circle)).statusCode).toBe(200)
  })
})

describe('keeping a workflow', () => {
  it('saves under a name, never over another unless asked, renames and deletes', async () => {
    const { workflow } = await inspected(invert)
    const saved = await post('/workflows', { name: 'Négative! 2', workflow })
    expect(saved.statusCode).toBe(201)
    expect(saved.json()).toMatchObject({ id: 'negative-2', name: 'Négative! 2', shipped: false, ready: true })
    expect(await readdir(join(root, 'workflows'))).toEqual(['negative-2.json'])
    const again = await post('/workflows', { name: 'negative 2', workflow })
    expect(again.statusCode).toBe(409)
    expect(again.json().detail).toContain('already')
    expect((await post('/workflows', { name: 'negative 2', workflow, replace: true })).statusCode).toBe(201)

    const renamed = await post('/workflows/negative-2/rename', { name: 'Inverted' })
    expect(renamed.json()).toMatchObject({ id: 'negative-2', name: 'Inverted' } satisfies Partial<WorkflowSummary>)
    expect((await post('/workflows/negative-2/delete', {})).json()).toEqual({ deleted: 'negative-2' })
    expect(await readdir(join(root, 'workflows'))).toEqual([])
    expect((await post('/workflows/negative-2/delete', {})).statusCode).toBe(404)
  })

  it('refuses names that are none, and ids that are paths', async () => {
    const { workflow } = await inspected(invert)
    for (const name of ['', '…', '../..', '日本']) {
      expect([400, 422]).toContain((await post('/workflows', { name, workflow })).statusCode)
    }
    await writeFile(join(root, 'victim.json'), '{}')
    expect((await post('/workflows/..%2Fvictim/delete', {})).statusCode).toBe(404)
    expect(await readFile(join(root, 'victim.json'), 'utf8')).toBe('{}')
  })

  it('refuses a workflow whose fields name nodes that are not there', async () => {
    const { workflow } = await inspected(invert)
    const broken = { ...workflow, inputs: [{ ...workflow.inputs[0], targets: [{ node: '__proto__', input: 'x' }] }] }
    expect((await post('/workflows', { name: 'x', workflow: broken })).statusCode).toBe(400)
  })
})
