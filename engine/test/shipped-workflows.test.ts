/**
 * @file The shipped workflows that draw, run by the real engine on narrow networks of real layout: what comes out has the
 * announced kinds and sizes, and each field changes what it says it changes.
 */
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type WorkflowFile, workflowFileSchema } from '#contracts/workflows'
import { writeTinyCheckpoint, writeTinyControlNet, writeTinyLora } from '../models/testing/tiny-checkpoint.ts'
import { startEngine, type TestEngine } from './harness.ts'

const defaults = join(import.meta.dirname, '../../studio-data/defaults')
/** Quick enough for the narrow networks on a small machine. */
const small = { width: 128, height: 64, size: 0.05, steps: 2, second_steps: 2 }

let engine: TestEngine
beforeAll(async () => {
  engine = await startEngine()
  const models = join(engine.directory, 'models')
  for (const folder of ['checkpoints', 'loras', 'controlnet']) await mkdir(join(models, folder), { recursive: true })
  const fileOf = async (id: string, folder: string) =>
    join(models, folder, (await load(id)).models.find((model) => model.folder === folder)!.file)
  await writeTinyCheckpoint(await fileOf('text-to-image', 'checkpoints'))
  await writeTinyLora(await fileOf('text-to-image-lora', 'loras'))
  await writeTinyControlNet(await fileOf('controlnet', 'controlnet'))
  await mkdir(engine.input, { recursive: true })
  for (const name of ['chelsea.png', 'astronaut.png', 'coffee-erased.webp', 'coffee.png']) {
    await copyFile(join(defaults, 'input', name), join(engine.input, name))
  }
})
afterAll(() => engine.stop())

async function load(id: string): Promise<WorkflowFile> {
  return workflowFileSchema.parse(JSON.parse(await readFile(join(defaults, 'workflows', `${id}.json`), 'utf8')))
}

interface Picture {
  data: Buffer
  width: number
  height: number
}

/** Runs a workflow with values in its fields, as the studio writes them into the graph. @returns pictures by label */
async function run(id: string, values: Record<string, unknown> = {}): Promise<Record<string, Picture>> {
  const { inputs, outputs, prompt } = await load(id)
  const given: Record<string, unknown> = { ...small, seed: 1, ...values }
  for (const field of inputs) {
    if (!Object.hasOwn(given, field.id)) continue
    for (const { node, input } of field.targets) prompt[node]!.inputs[input] = given[field.id]
  }
  const { entry } = await engine.run(prompt)
  expect(entry.status.status_str, JSON.stringify(entry.status.messages)).toBe('success')
  const pictures: Record<string, Picture> = {}
  for (const { node, label } of outputs) {
    const [{ filename, subfolder, type }] = entry.outputs[node].images
    const query = new URLSearchParams({ filename, subfolder, type })
    const bytes = Buffer.from(await (await engine.fetch(`/view?${query}`)).arrayBuffer())
    const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })
    pictures[label!] = { data, width: info.width, height: info.height }
  }
  return pictures
}

const sizeOf = ({ width, height }: Picture) => [width, height]
const sameAs = (a: Picture, b: Picture) => a.data.equals(b.data)
/** Mean of a picture's values, 0 to 255. */
const brightness = ({ data }: Picture) => data.reduce((sum, value) => sum + value, 0) / data.length

describe('text to picture', () => {
  it('draws a picture of the asked size, the same for the same seed, another for another prompt or seed', async () => {
    const { Picture: first } = await run('text-to-image')
    expect(sizeOf(first!)).toEqual([128, 64])
    expect(sameAs((await run('text-to-image', { steps: 2 })).Picture!, first!)).toBe(true)
    expect(sameAs((await run('text-to-image', { seed: 2 })).Picture!, first!)).toBe(false)
    expect(sameAs((await run('text-to-image', { prompt: 'a cat' })).Picture!, first!)).toBe(false)
    expect(sameAs((await run('text-to-image', { negative: 'a cat' })).Picture!, first!)).toBe(false)
  })
})

describe('picture to picture', () => {
  it('keeps the proportions of the picture, and little change leaves more of it than much', async () => {
    const little = (await run('image-to-image', { strength: 0.1 })).Picture!
    const much = (await run('image-to-image', { strength: 1 })).Picture!
    expect(sizeOf(little)).toEqual([280, 184])
    expect(sizeOf(much)).toEqual([280, 184])
    expect(sameAs(little, much)).toBe(false)
  })
})

describe('replacing a part', () => {
  it('draws what is transparent anew and leaves the rest to the byte', async () => {
    const drawn = await run('inpaint')
    const [picture, mask] = [drawn.Picture!, drawn['What is drawn anew (white)']!]
    expect(sizeOf(mask)).toEqual(sizeOf(picture))
    expect(brightness(mask)).toBeGreaterThan(10)
    const again = (await run('inpaint', { seed: 2 })).Picture!
    expect(sameAs(again, picture)).toBe(false)
    expect(differsOutside(picture, again, mask)).toBe(false)
  })

  it('takes the white of a mask picture in its place, of any size', async () => {
    const white = { create: { width: 100, height: 300, channels: 3, background: 'black' } } as const
    const half = await sharp({ create: { ...white.create, height: 150, background: 'white' } })
      .png()
      .toBuffer()
    await sharp(white)
      .composite([{ input: half, top: 0, left: 0 }])
      .toFile(join(engine.input, 'upper.png'))
    const { 'What is drawn anew (white)': mask } = await run('inpaint', {
      ...{ image: 'coffee.png', part: 0, mask: 'upper.png', grow: 0 },
    })
    const { data, width, height } = mask!
    const at = (row: number) => data[(row * width + 10) * 3]!
    expect([at(0), at(Math.floor(height * 0.45)), at(Math.floor(height * 0.55)), at(height - 1)]).toEqual([
      255, 255, 0, 0,
    ])
  })
})

/** Whether two pictures differ anywhere far from a mask's white. */
function differsOutside(a: Picture, b: Picture, mask: Picture): boolean {
  const reach = 12
  for (let y = 0; y < a.height; y += 1) {
    for (let x = 0; x < a.width; x += 1) {
      const at = (y * a.width + x) * 3
      if (a.data[at] === b.data[at]) continue
      const near = (dx: number, dy: number) =>
        mask.data[(clamp(y + dy, a.height) * a.width + clamp(x + dx, a.width)) * 3]! > 0
      const steps = [-reach, 0, reach]
      if (!steps.some((dy) => steps.some((dx) => near(dx, dy)))) return true
    }
  }
  return false
}
const clamp = (value: number, size: number) => Math.max(0, Math.min(size - 1, value))

describe('text to a large picture', () => {
  it('draws small and then large, and shows both', async () => {
    const drawn = await run('hires-fix', { enlarge: 1.5 })
    expect(sizeOf(drawn['Large picture']!)).toEqual([192, 96])
    expect(sizeOf(drawn['At first']!)).toEqual([128, 64])
    const other = await run('hires-fix', { enlarge: 1.5, strength: 0.9 })
    expect(sameAs(other['At first']!, drawn['At first']!)).toBe(true)
    expect(sameAs(other['Large picture']!, drawn['Large picture']!)).toBe(false)
  })
})

describe('text to picture with a LoRA', () => {
  it('draws differently with it, and at no strength as without it', async () => {
    const common = { cfg: 8, sampler: 'euler', scheduler: 'normal' }
    const without = (await run('text-to-image', common)).Picture!
    expect(sameAs((await run('text-to-image-lora', { ...common, strength: 0 })).Picture!, without)).toBe(true)
    expect(sameAs((await run('text-to-image-lora', common)).Picture!, without)).toBe(false)
  })
})

describe('following the outlines of a picture', () => {
  it('finds outlines, and the picture depends on them', async () => {
    const drawn = await run('controlnet')
    const outlines = drawn.Outlines!
    expect(sizeOf(outlines)).toEqual(sizeOf(drawn.Picture!))
    expect(brightness(outlines)).toBeGreaterThan(5)
    expect(brightness(outlines)).toBeLessThan(100)
    expect(sameAs((await run('controlnet', { strength: 0 })).Picture!, drawn.Picture!)).toBe(false)
    expect(sameAs((await run('controlnet', { until: 0.4 })).Picture!, drawn.Picture!)).toBe(false)
  })
})
