/**
 * @file Every bundled network computes what an independent implementation computes. How the expected values were made
 * stands in the files themselves (`note`).
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { findProjectRoot } from '#platform/project-root'
import { createModelStore } from './create-store.ts'
import { createFloatTensor } from './runtime/tensor.ts'

const expectationSchema = z.object({
  note: z.string(),
  networks: z.record(
    z.string(),
    z.object({
      height: z.int(),
      width: z.int(),
      time: z.number().optional(),
      shift: z.int().optional(),
      shape: z.array(z.int()),
      mean: z.number(),
      std: z.number(),
      values: z.array(z.tuple([z.int(), z.number()])),
    }),
  ),
})
type Expectation = z.infer<typeof expectationSchema>['networks'][string]

const root = findProjectRoot()
const models = join(root, 'studio-data', 'defaults', 'models')
const store = createModelStore({ device: 'cpu', maxBytes: 1e9, log: () => undefined })
afterAll(() => store.unloadAll())

const ncnn = await readExpectations('ncnn-networks.json')
const onnx = await readExpectations('onnx-networks.json')

describe('ncnn networks agree with PyTorch in double precision', () => {
  it.each(Object.entries(ncnn))('%s', async (name, expected) => {
    const { session } = await store.open(join(models, `${name}.param`))
    const planes = (shift: number) => pattern(expected.height, expected.width, shift)
    const inputs = [planes(0)]
    if (expected.time !== undefined) {
      inputs.push(planes(expected.shift!), new Float32Array(expected.height * expected.width).fill(expected.time))
    }
    const feeds = await Promise.all(
      session.inputNames.map(async (input, index) => {
        const data = inputs[index]!
        const channels = data.length / (expected.height * expected.width)
        return [input, createFloatTensor(data, [1, channels, expected.height, expected.width])] as const
      }),
    )
    const output = (await session.run(Object.fromEntries(feeds)))[session.outputNames[0]!]!
    expectOutput(output, expected)
  })
})

it('the selfie network agrees with the ONNX reference evaluator', async () => {
  const expected = onnx['background_removal/selfie-segmentation']!
  const { session } = await store.open(join(models, 'background_removal', 'selfie-segmentation.onnx'))
  const photo = await sharp(join(root, 'studio-data/defaults/input/astronaut.png')).removeAlpha().raw().toBuffer()
  const pixels = new Float32Array(256 * 256 * 3)
  for (let index = 0; index < pixels.length; index += 1) {
    const [y, x, channel] = [Math.floor(index / 768), Math.floor(index / 3) % 256, index % 3]
    pixels[index] = photo[(2 * y * 512 + 2 * x) * 3 + channel]! / 255
  }
  const input = createFloatTensor(pixels, [1, 256, 256, 3])
  const output = (await session.run({ [session.inputNames[0]!]: input }))[session.outputNames[0]!]!
  expectOutput(output, expected)
})

function expectOutput(output: { dims: readonly number[]; data: unknown }, expected: Expectation): void {
  expect(output.dims).toEqual(expected.shape)
  const data = output.data as Float32Array
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length
  expect(Math.abs(mean - expected.mean)).toBeLessThan(1e-4)
  expect(Math.abs(Math.sqrt(variance) - expected.std)).toBeLessThan(1e-4)
  const worst = Math.max(...expected.values.map(([place, value]) => Math.abs(data[place]! - value)))
  expect(worst).toBeLessThan(1e-4)
}

/** The input of `scripts/reference/ncnn_networks.py`. */
function pattern(height: number, width: number, shift: number): Float32Array {
  const planes = new Float32Array(3 * height * width)
  for (let index = 0; index < planes.length; index += 1) {
    const [c, y] = [Math.floor(index / (height * width)), Math.floor(index / width) % height]
    const x = (index % width) + shift
    const wave = Math.sin(0.37 * x + 0.9 * c) * Math.cos(0.23 * y - 0.5 * c) + 0.4 * Math.sin(0.011 * x * y)
    planes[index] = Math.max(0, Math.min(1, 0.5 + 0.33 * wave))
  }
  return planes
}

async function readExpectations(name: string): Promise<Record<string, Expectation>> {
  const path = new URL(`testdata/${name}`, import.meta.url)
  return expectationSchema.parse(JSON.parse(await readFile(path, 'utf8'))).networks
}
