/** @file UNets of every family against diffusers (`scripts/reference/diffusion_networks.py`), and at their real size. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createModelStore } from '../../create-store.ts'
import { buildGraph, describeNetwork } from '../../network/describe-network.ts'
import { fileSource, recordingSource } from '../../network/tensor-source.ts'
import { createFloatTensor } from '../../runtime/tensor.ts'
import { readSafetensors } from '../../safetensors/read-safetensors.ts'
import { expectResult, pattern, readExpectations } from '../../testing/expected-values.ts'
import { writeSparseSafetensors, writeTinySafetensors } from '../../testing/tiny-weights.ts'
import { buildUNet } from './build-unet.ts'
import { knownUNets, type UNetConfig } from './config.ts'

const expectations = await readExpectations(new URL('../../testdata/diffusion-networks.json', import.meta.url))
const plain = { control: false, adapter: false }
const prefix = 'model.diffusion_model.'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unet-'))
})
afterAll(() => rm(directory, { recursive: true }))

const createStore = () => createModelStore({ device: 'cpu', maxBytes: 1e9, threads: 2, log: () => undefined })

/** Everything that the network asks its file for. */
function shapesOf(config: UNetConfig) {
  const source = recordingSource()
  buildGraph({ kind: 'unet', config, device: 'cpu', source, build: (layers) => buildUNet(layers, config, plain) })
  return new Map([...source.asked].map(([name, shape]) => [prefix + name, shape]))
}

const tiny: Record<string, UNetConfig> = {
  sd1: knownUNets.sd1(32),
  'sd1-inpaint': { ...knownUNets.sd1(32), inChannels: 9 },
  sd2: knownUNets.sd2(64),
  sdxl: knownUNets.sdxl(32),
  'sdxl-refiner': knownUNets.sdxlRefiner(32),
}

async function run(family: string, [height, width]: [number, number], batch: number, tokens: number) {
  const config = tiny[family]!
  const path = join(directory, `${family}.safetensors`)
  await writeTinySafetensors(path, shapesOf(config))
  const source = fileSource(await readSafetensors(path), { prefix })
  const store = createStore()
  const build = (layers: Parameters<typeof buildUNet>[0]) => buildUNet(layers, config, plain)
  const session = store.network(describeNetwork({ kind: 'unet', config, device: 'cpu', source, build }))
  const tensor = (shape: number[], seed: number) => createFloatTensor(pattern(shape, seed), shape)
  const { out } = await session.run({
    x: await tensor([batch, config.inChannels, height, width], 1),
    timesteps: await createFloatTensor(Float32Array.of(999, 321.5).subarray(0, batch), [batch]),
    context: await tensor([batch, tokens, config.contextWidth], 2),
    ...(config.labelWidth ? { y: await tensor([batch, config.labelWidth], 3) } : {}),
  })
  await store.unloadAll()
  return { data: out!.data as Float32Array, shape: out!.dims }
}

describe('agrees with diffusers', () => {
  it.each(Object.keys(tiny))('%s, a batch of two', async (family) => {
    expectResult(await run(family, [16, 24], 2, 77), expectations[`unet ${family} 16x24`]!)
  })

  it.each(['sd1', 'sdxl'])('%s at a size that halves unevenly, with twice the text', async (family) => {
    expectResult(await run(family, [13, 10], 1, 154), expectations[`unet ${family} 13x10`]!)
  })
})

describe('at its real size', () => {
  it.each<[string, UNetConfig, tensors: number, parameters: number]>([
    ['SD 1.5', knownUNets.sd1(), 686, 859_520_964],
    ['SD 2.1', knownUNets.sd2(), 686, 865_910_724],
    ['SDXL', knownUNets.sdxl(), 1680, 2_567_463_684],
    ['SDXL refiner', knownUNets.sdxlRefiner(), 1220, 2_259_526_660],
  ])('%s asks for exactly the tensors of the published file', (_name, config, tensors, parameters) => {
    const shapes = shapesOf(config)
    expect(shapes.size).toBe(tensors)
    expect([...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(parameters)
  })

  it.each(['F32', 'F16'] as const)('SD 1.5 opens over a full-size %s file, and keeps it mapped', async (dtype) => {
    const config = knownUNets.sd1()
    const path = join(directory, `full-${dtype}.safetensors`)
    await writeSparseSafetensors(path, shapesOf(config), dtype)
    const store = createStore()
    const source = fileSource(await readSafetensors(path), { prefix })
    const build = (layers: Parameters<typeof buildUNet>[0]) => buildUNet(layers, config, plain)
    const session = store.network(describeNetwork({ kind: 'unet', config, device: 'cpu', source, build }))
    const before = process.memoryUsage().rss
    // A wrong input: it opens, and the run is refused before it computes.
    await expect(session.run({ x: await createFloatTensor(new Float32Array(4), [4]) })).rejects.toThrow(/failed/)
    expect(store.list()).toHaveLength(1)
    expect(process.memoryUsage().rss - before).toBeLessThan(400e6)
    await store.unloadAll()
  })
})
