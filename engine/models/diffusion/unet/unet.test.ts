/** @file UNets of every family against diffusers (`scripts/reference/diffusion_networks.py`), and at their real size. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createModelStore } from '../../create-store.ts'
import type { Layers } from '../../network/layers.ts'
import { fileSource } from '../../network/tensor-source.ts'
import { readSafetensors } from '../../safetensors/read-safetensors.ts'
import { expectResult, pattern, readExpectations } from '../../testing/expected-values.ts'
import { shapesOf, tinySource } from '../../testing/tiny-network.ts'
import { writeSparseSafetensors } from '../../testing/tiny-weights.ts'
import { buildUNet } from './build-unet.ts'
import { knownUNets, type UNetConfig } from './config.ts'
import type { FreeU } from './free-u.ts'
import { createUNet, type UNet, type UNetRequest } from './unet.ts'

const expectations = await readExpectations(new URL('../../testdata/diffusion-networks.json', import.meta.url))
const prefix = 'model.diffusion_model.'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unet-'))
})
afterAll(() => rm(directory, { recursive: true }))

const store = createModelStore({ device: 'cpu', maxBytes: 1e9, threads: 2, log: () => undefined })
afterEach(() => store.unloadAll())

const builder = (config: UNetConfig) => (layers: Layers) =>
  buildUNet(layers, config, { control: false, adapter: false })

const tiny: Record<string, UNetConfig> = {
  sd1: knownUNets.sd1(32),
  'sd1-inpaint': { ...knownUNets.sd1(32), inChannels: 9 },
  sd2: knownUNets.sd2(64),
  sdxl: knownUNets.sdxl(32),
  'sdxl-refiner': knownUNets.sdxlRefiner(32),
}

async function tinyUNet(family: string, options?: Pick<Parameters<typeof createUNet>[0], 'precision'>): Promise<UNet> {
  const config = tiny[family]!
  const source = await tinySource(join(directory, `${family}.safetensors`), builder(config), prefix)
  return createUNet({ store, source, config, ...options })
}

function request(config: UNetConfig, [height, width]: [number, number], batch = 2, tokens = 77): UNetRequest {
  const shape = [batch, config.inChannels, height, width] as const
  return {
    x: pattern(shape, 1),
    shape,
    timesteps: Float32Array.of(999, 321.5).subarray(0, batch),
    context: pattern([batch, tokens, config.contextWidth], 2),
    contextShape: [batch, tokens, config.contextWidth],
    ...(config.labelWidth !== null && { y: pattern([batch, config.labelWidth], 3) }),
  }
}

async function run(unet: UNet, asked: UNetRequest) {
  const [batch, , height, width] = asked.shape
  return { data: await unet.predict(asked), shape: [batch, unet.config.outChannels, height, width] }
}

describe('agrees with diffusers', () => {
  it.each(Object.keys(tiny))('%s, a batch of two', async (family) => {
    const unet = await tinyUNet(family)
    expectResult(await run(unet, request(unet.config, [16, 24])), expectations[`unet ${family} 16x24`]!)
  })

  it.each(['sd1', 'sdxl'])('%s at a size that halves unevenly, with twice the text', async (family) => {
    const unet = await tinyUNet(family)
    expectResult(await run(unet, request(unet.config, [13, 10], 1, 154)), expectations[`unet ${family} 13x10`]!)
  })

  // The attention of SD 2 alone stays in single precision.
  it.each(['sd1', 'sd2'])('%s, to half precision when it computes in that', async (family) => {
    const unet = await tinyUNet(family, { precision: 'float16' })
    expectResult(await run(unet, request(unet.config, [16, 24])), expectations[`unet ${family} 16x24`]!, 2e-2)
  })
})

describe('with FreeU', () => {
  const one: FreeU = { version: 1, quadruple: { backbone: 1.1, skip: 0.9 }, double: { backbone: 1.2, skip: 0.2 } }
  const two: FreeU = { version: 2, quadruple: { backbone: 1.3, skip: 0.9 }, double: { backbone: 1.4, skip: 0.2 } }

  it.each<[family: string, size: [number, number], label: string, applied: FreeU[]]>([
    ['sd1', [16, 24], '2', [two]],
    ['sdxl', [13, 10], '2', [two]],
    ['sd1', [13, 10], '1 and 2', [one, two]],
    // The coarsest level has a single row: its frequency -1 is its frequency 0, and counts once.
    ['sd1', [3, 8], '1', [one]],
  ])('%s of %s, version %s, agrees with whole Fourier transforms in torch', async (family, size, label, applied) => {
    const unet = applied.reduce((changed, freeU) => changed.withFreeU(freeU), await tinyUNet(family))
    const result = await run(unet, request(unet.config, size))
    expectResult(result, expectations[`unet ${family} freeu ${label} ${size.join('x')}`]!)
  })

  it('changes strengths and LoRAs without opening anything, and strengths of 1 change nothing', async () => {
    const unet = await tinyUNet('sd1')
    const same = { backbone: 1, skip: 1 }
    const asked = request(unet.config, [8, 8])
    const plain = await unet.predict(asked)
    const idle = await unet.withFreeU({ version: 2, quadruple: same, double: same }).predict(asked)
    expect(Math.max(...idle.map((value, at) => Math.abs(value - plain[at]!)))).toBeLessThan(1e-5)
    const open = store.list().length
    const strong = await unet.withFreeU(two).predict(asked)
    expect(strong).not.toEqual(idle)
    // The coarsest level is a single place here: nothing stands out, and nothing is divided by nothing.
    expect(strong.every(Number.isFinite)).toBe(true)
    expect(await unet.withFreeU(two).withLoras([]).predict(asked)).toEqual(strong)
    expect(store.list()).toHaveLength(open)
  })
})

it('opens one network for a run in which something is added at some steps only', async () => {
  const unet = await tinyUNet('sd1')
  const asked: UNetRequest = { ...request(unet.config, [8, 8]), addable: ['control'] }
  await unet.predict(asked)
  const control_middle = { data: new Float32Array(128).fill(1), shape: [1, 128, 1, 1] as const }
  await unet.predict({ ...asked, additions: new Map([['control_middle', control_middle]]) })
  expect(store.list()).toHaveLength(1)
})

it('refuses what does not fit, and says what would', async () => {
  const unet = await tinyUNet('sdxl')
  const asked = request(unet.config, [8, 8])
  const inpaint = await tinyUNet('sd1-inpaint')
  await expect(inpaint.predict(asked)).rejects.toThrow(
    'sd1-inpaint.safetensors is an inpainting model that takes 9 channels, and 4 were given',
  )
  const narrow = { context: new Float32Array(2 * 77 * 768), contextShape: [2, 77, 768] as const }
  await expect(unet.predict({ ...asked, ...narrow })).rejects.toThrow(/width of 768, and sdxl\.safetensors takes 2048/)
  await expect(unet.predict({ ...asked, y: new Float32Array(3) })).rejects.toThrow(/needs the pooled text and sizes/)
})

describe('at its real size', () => {
  it.each<[string, UNetConfig, tensors: number, parameters: number]>([
    ['SD 1.5', knownUNets.sd1(), 686, 859_520_964],
    ['SD 2.1', knownUNets.sd2(), 686, 865_910_724],
    ['SDXL', knownUNets.sdxl(), 1680, 2_567_463_684],
    ['SDXL refiner', knownUNets.sdxlRefiner(), 1220, 2_259_526_660],
  ])('%s asks for exactly the tensors of the published file', (_name, config, tensors, parameters) => {
    const shapes = shapesOf(builder(config))
    expect(shapes.size).toBe(tensors)
    expect([...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(parameters)
  })

  it.each<[string, UNetConfig, 'F32' | 'F16']>([
    ['SD 1.5 in single precision', knownUNets.sd1(), 'F32'],
    ['SD 1.5 in half precision', knownUNets.sd1(), 'F16'],
    ['SDXL in half precision', knownUNets.sdxl(), 'F16'],
  ])('%s opens over a full-size file, and keeps it mapped', async (name, config, dtype) => {
    const path = join(directory, `${name}.safetensors`)
    await writeSparseSafetensors(path, shapesOf(builder(config), prefix), dtype)
    const unet = createUNet({ store, config, source: fileSource(await readSafetensors(path), { prefix }) })
    const before = process.memoryUsage().rss
    // A batch without pictures: it opens, and the run is refused before it computes.
    const none = { ...request(config, [8, 8], 1), x: new Float32Array(0), shape: [1, 4, 0, 8] as const }
    await unet.predict(none).catch(() => undefined)
    expect(store.list()).toHaveLength(1)
    expect(process.memoryUsage().rss - before).toBeLessThan(500e6)
  })
})
