/** @file Upscalers from `.safetensors` against PyTorch (`scripts/reference/diffusion_networks.py`), by the loader's own way. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createModelStore } from '../create-store.ts'
import { createFloatTensor } from '../runtime/tensor.ts'
import { expectResult, pattern, readExpectations } from '../testing/expected-values.ts'
import { writeTinySafetensors } from '../testing/tiny-weights.ts'
import { probeUpscaler } from './probe-upscaler.ts'

const expectations = await readExpectations(new URL('../testdata/diffusion-networks.json', import.meta.url))
const store = createModelStore({ device: 'cpu', maxBytes: 1e9, threads: 2, log: () => undefined })

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'upscalers-'))
})
afterAll(async () => {
  await store.unloadAll()
  await rm(directory, { recursive: true })
})

type Shapes = Map<string, number[]>
const [features, growth, blocks] = [8, 4, 2]

function conv(shapes: Shapes, name: string, inputs: number, outputs: number): void {
  shapes.set(`${name}.weight`, [outputs, inputs, 3, 3]).set(`${name}.bias`, [outputs])
}

function rrdb(
  names: { first: string; dense: string; trunk: string; rest: string[]; last: string },
  inputs = 3,
): Shapes {
  const shapes: Shapes = new Map()
  conv(shapes, names.first, inputs, features)
  for (let block = 0; block < blocks; block += 1) {
    for (const part of [1, 2, 3]) {
      for (const layer of [1, 2, 3, 4, 5]) {
        const name = names.dense
          .replace('{b}', String(block))
          .replace('{p}', String(part))
          .replace('{l}', String(layer))
        conv(shapes, name, features + growth * (layer - 1), layer === 5 ? features : growth)
      }
    }
  }
  conv(shapes, names.trunk, features, features)
  for (const name of names.rest) conv(shapes, name, features, features)
  conv(shapes, names.last, features, 3)
  return shapes
}

const old = (rest: string[], last: string) =>
  rrdb({ first: 'model.0', dense: 'model.1.sub.{b}.RDB{p}.conv{l}.0', trunk: `model.1.sub.${blocks}`, rest, last })

const current = (inputs: number) => {
  const at = (name: string) => `params_ema.${name}`
  const rest = ['conv_up1', 'conv_up2', 'conv_hr'].map(at)
  return rrdb(
    {
      first: at('conv_first'),
      dense: at('body.{b}.rdb{p}.conv{l}'),
      trunk: at('conv_body'),
      rest,
      last: at('conv_last'),
    },
    inputs,
  )
}

const networks: Record<string, { shapes: Shapes; scale: number }> = {
  'old 4x': { shapes: old(['model.3', 'model.6', 'model.8'], 'model.10'), scale: 4 },
  'old 2x': { shapes: old(['model.3', 'model.5'], 'model.7'), scale: 2 },
  'new 4x': { shapes: current(3), scale: 4 },
  'new 2x': { shapes: current(12), scale: 2 },
  'bsrgan 4x': {
    shapes: rrdb({
      first: 'conv_first',
      dense: 'RRDB_trunk.{b}.RDB{p}.conv{l}',
      trunk: 'trunk_conv',
      rest: ['upconv1', 'upconv2', 'HRconv'],
      last: 'conv_last',
    }),
    scale: 4,
  },
  'compact 2x': { shapes: compact(), scale: 2 },
}

function compact(): Shapes {
  const shapes: Shapes = new Map()
  conv(shapes, 'params.body.0', 3, features)
  for (const place of [2, 4]) conv(shapes, `params.body.${place}`, features, features)
  conv(shapes, 'params.body.6', features, 12)
  for (const place of [1, 3, 5]) shapes.set(`params.body.${place}.weight`, [features])
  return shapes
}

it.each(Object.entries(networks))(
  '%s enlarges as in PyTorch, and its scale is found',
  async (name, { shapes, scale }) => {
    const path = join(directory, `${name}.safetensors`)
    await writeTinySafetensors(path, shapes)
    const { session, facts } = await store.open(path)
    expect(facts.format).toBe('safetensors')
    const upscaler = await probeUpscaler(session, name)
    expect([upscaler.scale, upscaler.margin]).toEqual([scale, 0])
    const input = pattern([1, 3, 10, 14], 7, 0.5).map((value) => value + 0.5)
    const { output } = await session.run({ [upscaler.inputName]: createFloatTensor(input, [1, 3, 10, 14]) })
    expectResult({ data: output!.data as Float32Array, shape: output!.dims }, expectations[`upscaler ${name}`]!)
  },
)

it('works with half precision weights', async () => {
  const path = join(directory, 'half.safetensors')
  await writeTinySafetensors(path, networks['new 4x']!.shapes, { dtype: 'F16' })
  const { session } = await store.open(path)
  expect((await probeUpscaler(session, 'half')).scale).toBe(4)
})

it('says what it knows when a file holds another network, or one with parts that have no place', async () => {
  const other = join(directory, 'other.safetensors')
  await writeTinySafetensors(other, new Map([['layers.0.attn.qkv.weight', [8, 8]]]))
  await expect(store.open(other)).rejects.toThrow(
    /^other\.safetensors holds no upscaler that this engine knows: it reads ESRGAN/,
  )
  const more = join(directory, 'more.safetensors')
  const shapes = new Map(networks['bsrgan 4x']!.shapes).set('RRDB_trunk.0.RDB1.conv1x1.weight', [4, 8, 1, 1])
  await writeTinySafetensors(more, shapes)
  await expect(store.open(more)).rejects.toThrow(
    /^more\.safetensors is an upscaler of a kind that is not known.*conv1x1/,
  )
})
