/** @file VAE, TAESD, ControlNet and T2I-Adapter against diffusers (`scripts/reference/diffusion_networks.py`). */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createModelStore } from '../create-store.ts'
import { expectResult, pattern, readExpectations } from '../testing/expected-values.ts'
import { shapesOf, tinySource } from '../testing/tiny-network.ts'
import { buildControlHint, buildControlNet } from './control/build-controlnet.ts'
import { buildT2iAdapter } from './control/build-t2i-adapter.ts'
import { combineAdditions, createControlNet, createT2iAdapter } from './control/control.ts'
import type { FeatureMap } from './feature-map.ts'
import { buildUNet } from './unet/build-unet.ts'
import { knownUNets, type UNetConfig } from './unet/config.ts'
import { createUNet, type UNetRequest } from './unet/unet.ts'
import { buildTaesdDecoder, buildTaesdEncoder } from './vae/build-taesd.ts'
import { buildVaeDecoder, buildVaeEncoder, knownVae } from './vae/build-vae.ts'
import { createTaesd, createVae } from './vae/vae.ts'

const expectations = await readExpectations(new URL('../testdata/diffusion-networks.json', import.meta.url))
const expected = (name: string) => expectations[name]!

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'diffusion-'))
})
afterAll(() => rm(directory, { recursive: true }))

const store = createModelStore({ device: 'cpu', maxBytes: 1e9, threads: 2, log: () => undefined })
afterEach(() => store.unloadAll())

function map(shape: FeatureMap['shape'], seed: number, { scale = 1, middle = 0 } = {}): FeatureMap {
  return { data: pattern(shape, seed, scale).map((value) => value + middle), shape }
}

describe('the VAE', () => {
  const config = knownVae(32)
  const create = async () => {
    const build = (layers: Parameters<typeof buildVaeDecoder>[0]) => {
      buildVaeDecoder(layers, config)
      buildVaeEncoder(layers, config)
    }
    const source = await tinySource(join(directory, 'vae.safetensors'), build, 'first_stage_model.')
    return createVae({ store, source, config })
  }

  it('decodes and encodes as diffusers does', async () => {
    const vae = await create()
    expectResult(await vae.decode(map([2, 4, 5, 7], 4)), expected('vae decoder 5x7'))
    expectResult(await vae.encode(map([1, 3, 72, 40], 5)), expected('vae encoder 72x40'))
  })

  it('cuts off what is left over of a whole number of latent pixels', async () => {
    const vae = await create()
    const moments = await vae.encode(map([1, 3, 37, 41], 5))
    expect(moments.shape).toEqual([1, 8, 4, 5])
    await expect(vae.encode(map([1, 3, 7, 64], 5))).rejects.toThrow('A picture of 64 x 7 pixels is too small')
  })

  it('works in tiles when told to, without a seam and close to the whole', async () => {
    const vae = await create()
    const latent = map([1, 4, 24, 20], 4)
    const whole = await vae.decode(latent)
    const calls: [number, number][] = []
    const tiled = await vae.decode(latent, {
      tiling: { size: 16, overlap: 4 },
      onTile: async (done, total) => void calls.push([done, total]),
    })
    expect(tiled.shape).toEqual(whole.shape)
    // Squares, wide tiles and tall ones.
    expect(calls.at(-1)).toEqual([13, 13])
    expect(tiled.data.every(Number.isFinite)).toBe(true)
    // No step between neighbours is larger than the steps of the whole.
    const largestStep = ({ data }: FeatureMap) =>
      data.reduce((worst, value, at) => Math.max(worst, at % 160 ? Math.abs(value - data[at - 1]!) : 0), 0)
    expect(largestStep(tiled)).toBeLessThan(1.5 * largestStep(whole))
    const encoded = await vae.encode(whole, { tiling: { size: 16, overlap: 4 } })
    expect(encoded.shape).toEqual([1, 8, 24, 20])
  })

  it('has the tensors of the published one', () => {
    const decoder = shapesOf((layers) => buildVaeDecoder(layers, knownVae()))
    const parameters = [...decoder.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)
    expect([decoder.size, parameters]).toEqual([140, 49_490_199])
  })
})

it('TAESD decodes and encodes as diffusers does', async () => {
  const config = { channels: 16, latentChannels: 4 }
  const decoder = await tinySource(
    join(directory, 'd.safetensors'),
    (l) => buildTaesdDecoder(l, config),
    'taesd_decoder.',
  )
  const encoder = await tinySource(
    join(directory, 'e.safetensors'),
    (l) => buildTaesdEncoder(l, config),
    'taesd_encoder.',
  )
  const taesd = createTaesd({ store, config, decoder, encoder })
  const picture = await taesd.decode(map([1, 4, 5, 7], 4, { scale: 2 }))
  const unit = { data: picture.data.map((value) => (value + 1) / 2), shape: picture.shape }
  expectResult(unit, expected('taesd decoder 5x7'))
  expectResult(await taesd.encode(map([1, 3, 40, 24], 5)), expected('taesd encoder 40x24'))
  const alone = createTaesd({ store, config, decoder })
  await expect(alone.encode(picture)).rejects.toThrow('d.safetensors can only decode')
})

const families: Record<string, UNetConfig> = { sd1: knownUNets.sd1(32), sdxl: knownUNets.sdxl(32) }

function request(config: UNetConfig, height: number, width: number): UNetRequest {
  return {
    x: pattern([2, config.inChannels, height, width], 1),
    shape: [2, config.inChannels, height, width],
    timesteps: Float32Array.of(999, 321.5),
    context: pattern([2, 77, config.contextWidth], 2),
    contextShape: [2, 77, config.contextWidth],
    ...(config.labelWidth !== null && { y: pattern([2, config.labelWidth], 3) }),
  }
}

async function tinyUNet(family: string) {
  const config = families[family]!
  const path = join(directory, `${family}.safetensors`)
  const build = (layers: Parameters<typeof buildUNet>[0]) =>
    buildUNet(layers, config, { control: false, adapter: false })
  return createUNet({ store, config, source: await tinySource(path, build, 'model.diffusion_model.') })
}

describe('a ControlNet', () => {
  it.each<[string, number, number]>([
    ['sd1', 13, 10],
    ['sdxl', 8, 12],
  ])('of %s steers the UNet as in diffusers', async (family, height, width) => {
    const config = { ...families[family]!, hintChannels: 3 }
    const build = (layers: Parameters<typeof buildControlNet>[0]) => {
      buildControlNet(layers, config)
      buildControlHint(layers, config)
    }
    const source = await tinySource(join(directory, `c-${family}.safetensors`), build, 'control_model.')
    const network = createControlNet({ store, source, config })
    const hint = map([1, 3, 8 * height, 8 * width], 6, { scale: 0.5, middle: 0.5 })
    const guidance = await network.embedHint(hint)
    const asked = request(config, height, width)
    const additions = await network.residuals({ ...asked, guidance })
    const pooled = await createControlNet({ store, source, config, isPooled: true }).residuals({ ...asked, guidance })
    for (const [name, { data, shape }] of additions) {
      const size = shape[2] * shape[3]
      const everywhere = pooled.get(name)!.data
      for (let from = 0; from < data.length; from += size) {
        const mean = data.subarray(from, from + size).reduce((sum, value) => sum + value, 0) / size
        expect(Math.max(...everywhere.subarray(from, from + size).map((value) => Math.abs(value - mean)))).toBeLessThan(
          1e-6,
        )
      }
    }
    const last = family === 'sd1' ? 11 : 8
    for (const index of [0, 3, last]) {
      expectResult(additions.get(`control_${index}`)!, expected(`controlnet ${family} ${index}`))
    }
    expectResult(additions.get('control_middle')!, expected(`controlnet ${family} middle`))

    const unet = await tinyUNet(family)
    const steered = await unet.predict({ ...asked, additions })
    expectResult({ data: steered, shape: asked.shape }, expected(`unet ${family} controlled`))
    // Two halves are a whole; and without any, the network that takes them gives what the plain one gives.
    const halves = [0.25, 0.75].map((strength) => ({ additions, strength }))
    const summed = await unet.predict({ ...asked, additions: combineAdditions(halves) })
    expectResult({ data: summed, shape: asked.shape }, expected(`unet ${family} controlled`))
    if (family === 'sd1') {
      const free = await unet.predict(asked)
      await store.unloadAll()
      const plain = await (await tinyUNet(family)).predict(asked)
      expect(Math.max(...free.map((value, at) => Math.abs(value - plain[at]!)))).toBeLessThan(1e-5)
    }
  })

  it('of another family is refused by name', async () => {
    const unet = await tinyUNet('sd1')
    const additions = new Map([['control_3', map([1, 7, 4, 5], 1)]])
    await expect(unet.predict({ ...request(unet.config, 8, 10), additions })).rejects.toThrow(/another family/)
  })
})

it.each<[string, number, boolean[]]>([
  ['sd1', 8, [false, true, true, true]],
  ['sdxl', 16, [false, false, true, false]],
])('a T2I-Adapter of %s guides the UNet as in diffusers', async (family, unshuffle, halves) => {
  const config = { hintChannels: 3, unshuffle, channels: [32, 64, 128, 128], halves }
  const source = await tinySource(
    join(directory, `t-${family}.safetensors`),
    (l) => buildT2iAdapter(l, config),
    'adapter.',
  )
  const unet = await tinyUNet(family)
  const adapter = createT2iAdapter({ store, source, config })
  const additions = await adapter.features(map([1, 3, 128, 192], 6, { scale: 0.5, middle: 0.5 }), unet.config)
  for (const [index, feature] of [...additions.values()].entries()) {
    expectResult(feature, expected(`adapter ${family} ${index}`))
  }
  const asked = request(unet.config, 16, 24)
  expectResult(
    { data: await unet.predict({ ...asked, additions }), shape: asked.shape },
    expected(`unet ${family} adapted`),
  )
})
