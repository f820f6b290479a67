/** @file What sampling is told of a checkpoint, by the tensors that say what its network was trained on. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createModelStore } from '../models/create-store.ts'
import { openDiffusionModel } from '../models/diffusion/open-diffusion.ts'
import { buildUNet } from '../models/diffusion/unet/build-unet.ts'
import { knownUNets, type UNetConfig } from '../models/diffusion/unet/config.ts'
import { shapesOf } from '../models/testing/tiny-network.ts'
import { writeTinySafetensors } from '../models/testing/tiny-weights.ts'
import { playgroundLatents, sdxlLatents } from '../sampling/latents/formats.ts'
import { modelOf } from './open-model.ts'

const store = createModelStore({ device: 'cpu', maxBytes: 1e9, threads: 1, log: () => undefined })
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'open-model-'))
})
afterAll(() => rm(directory, { recursive: true }))

const narrow = knownUNets.sdxl(32)
const shallow: UNetConfig = {
  ...narrow,
  levels: narrow.levels.map((level) => ({
    ...level,
    down: level.down.map((depth) => Math.min(depth, 1)),
    up: level.up.map((depth) => Math.min(depth, 1)),
  })),
  middleDepth: 1,
}

/** Opens an SDXL checkpoint with these tensors more. */
async function open(marks: Record<string, { shape: readonly number[]; values?: number[] }>) {
  const path = join(directory, 'model.safetensors')
  const unet = shapesOf(
    (layers) => buildUNet(layers, shallow, { control: false, adapter: false }),
    'model.diffusion_model.',
  )
  const values = Object.entries(marks).flatMap(([name, mark]) =>
    mark.values ? [[name, Float32Array.from(mark.values)] as const] : [],
  )
  const shapes = new Map([...unet, ...Object.entries(marks).map(([name, { shape }]) => [name, shape] as const)])
  await writeTinySafetensors(path, shapes, { values: new Map(values) })
  return modelOf(await openDiffusionModel(store, path))
}

it('SDXL predicts noise at numbered steps', async () => {
  const model = await open({})
  expect(model).toMatchObject({ sampling: { prediction: 'eps', sigmaData: 1 }, latentFormat: sdxlLatents })
  expect(model.sampling.sigmaMax).toBeCloseTo(14.6146, 3)
})

describe('CosXL', () => {
  it('predicts v over the range of noise levels that its file names', async () => {
    const model = await open({
      'edm_vpred.sigma_min': { shape: [], values: [0.01] },
      'edm_vpred.sigma_max': { shape: [1], values: [110] },
    })
    expect(model).toMatchObject({ sampling: { prediction: 'v_prediction', sigmaData: 1 }, latentFormat: sdxlLatents })
    expect(model.sampling.sigmaMin).toBeCloseTo(0.01, 6)
    expect(model.sampling.sigmaMax).toBeCloseTo(110, 3)
    // The network is told a quarter of the logarithm in place of a step.
    expect(model.sampling.timestep(Math.exp(2))).toBeCloseTo(0.5, 6)
  })

  it('begins at 0.002 where the file does not say', async () => {
    const { sampling } = await open({ 'edm_vpred.sigma_max': { shape: [], values: [120] } })
    expect(sampling.sigmaMin).toBeCloseTo(0.002, 6)
  })

  it.each([[[0]], [[Number.NaN]], [[1, 2]]])('is damaged when the end of its range is %s', async (values) => {
    const shape = values.length === 1 ? [] : [values.length]
    await expect(open({ 'edm_vpred.sigma_max': { shape, values } })).rejects.toThrow(/^model\.safetensors is damaged/)
  })
})

it('Playground v2.5 predicts what EDM does, on latents of its own scale', async () => {
  const model = await open({ edm_mean: { shape: [1, 4, 1, 1] }, edm_std: { shape: [1, 4, 1, 1] } })
  expect(model).toMatchObject({ sampling: { prediction: 'edm', sigmaData: 0.5 }, latentFormat: playgroundLatents })
  expect(model.sampling.sigmaMax).toBeCloseTo(80, 3)
})
