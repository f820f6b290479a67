import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NodeError } from '../../nodes/define.ts'
import { bindingOptions, loadNodeBinding } from '../runtime/node-binding.ts'
import { shippedModels } from '../testing/photos.ts'
import { buildNcnnModel } from './build-model.ts'

const names = { paramName: 'net.param', binName: 'net.bin' }

/** A `.param` of these layers; the blobs are counted. */
function param(...layers: string[]): string {
  const blobs = new Set(
    layers.flatMap((layer) => {
      const words = layer.split(/\s+/)
      const first = 4 + Number(words[2])
      return words.slice(first, first + Number(words[3]))
    }),
  )
  return ['7767517', `${layers.length} ${blobs.size}`, ...layers].join('\n')
}

/** Untagged floats as bytes; `null` stands for the tag of single precision. */
function bin(...values: (number | null)[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values, (value) => value ?? 0).buffer)
}

function build(text: string, weights: Uint8Array = new Uint8Array()) {
  return buildNcnnModel({ param: text, bin: weights, ...names })
}

async function run(text: string, weights: Uint8Array, input: { data: number[]; dims: number[] }): Promise<number[]> {
  const { InferenceSession, Tensor } = await loadNodeBinding()
  const session = await InferenceSession.create(build(text, weights), bindingOptions({ device: 'cpu', threads: 1 }))
  const output = await session.run({ data: new Tensor('float32', Float32Array.from(input.data), input.dims) })
  await session.release()
  return [...(output.out!.data as Float32Array)].map((value) => Math.round(value * 1e5) / 1e5)
}

const inputLayer = 'Input in 0 1 data 2=1'
const square = { data: [1, 2, 3, 4], dims: [1, 1, 2, 2] }

describe('layers compute what ncnn computes', () => {
  it('a convolution with bias and a fused leaky ReLU', async () => {
    const text = param(inputLayer, 'Convolution c 1 1 data out 0=1 1=1 5=1 6=1 9=2 -23310=1,0.5')
    expect(await run(text, bin(null, 2, -5), square)).toEqual([-1.5, -0.5, 1, 3])
  })

  it('a deconvolution of two kernels, whose weights are stored output first', async () => {
    const text = param(
      'Input in 0 1 data 2=2',
      'Deconvolution d 1 1 data both 0=2 1=1 6=4',
      'Crop first 1 1 both out -23309=1,0 -23310=1,1 -23311=1,0',
    )
    const weights = bin(null, 1, 10, 100, 1000)
    expect(await run(text, weights, { data: [1, 2], dims: [1, 2, 1, 1] })).toEqual([21])
  })

  it('reversed subtraction from a number', async () => {
    expect(await run(param(inputLayer, 'BinaryOp b 1 1 data out 0=7 1=1 2=1'), bin(), square)).toEqual([0, -1, -2, -3])
  })

  it('a weighted sum', async () => {
    const text = param(inputLayer, 'Split s 1 2 data a b', 'Eltwise e 2 1 a b out 0=1 -23301=2,1,4')
    expect(await run(text, bin(), square)).toEqual([5, 10, 15, 20])
  })

  it('nearest enlarging, which repeats pixels', async () => {
    const row = { data: [1, 2], dims: [1, 1, 1, 2] }
    expect(await run(param(inputLayer, 'Interp i 1 1 data out 0=1 1=1 2=3'), bin(), row)).toEqual([1, 1, 1, 2, 2, 2])
  })

  it('bicubic halving, which weighs four pixels by a = -0.75', async () => {
    const row = { data: [0, 1, 0, 0], dims: [1, 1, 1, 4] }
    // At a half the weights are -0.09375, 0.59375, 0.59375, -0.09375; beyond the border the edge is repeated.
    const text = param(inputLayer, 'Interp i 1 1 data out 0=3 1=1 2=0.5')
    expect(await run(text, bin(), row)).toEqual([0.59375, -0.09375])
  })

  it('a crop to the size of another blob, from an offset', async () => {
    const text = param(
      inputLayer,
      'Split s 1 2 data a b',
      'Crop small 1 1 b c -23309=2,0,0 -23310=2,1,1 -23311=2,1,2',
      'Crop like 2 1 a c out 0=1 1=0',
    )
    expect(await run(text, bin(), square)).toEqual([2])
  })

  it('a warp by whole and half pixels, the edge repeated', async () => {
    const text = param(
      'Input in 0 1 data 2=3',
      'Split s 1 2 data a b',
      ...[
        'Crop picture 1 1 a p -23309=1,0 -23310=1,1 -23311=1,0',
        'Crop flow 1 1 b f -23309=1,1 -23310=1,3 -23311=1,0',
        'rife.Warp w 2 1 p f out',
      ],
    )
    const data = [10, 20, 30, 40, /* x */ 1, 1, 0.5, -3, /* y */ 0, 0, 0, 0]
    expect(await run(text, bin(), { data, dims: [1, 3, 2, 2] })).toEqual([20, 20, 35, 30])
  })
})

describe('a file that is no network is refused in words', () => {
  const convolution = 'Convolution c 1 1 data out 0=1 1=3 6=9'
  it.each<[why: string, text: string, weights: Uint8Array, says: RegExp]>([
    ['nothing', '', bin(), /net\.param is damaged: its first line/],
    ['another magic', '123\n1 1\nInput in 0 1 data', bin(), /first line should be 7767517/],
    ['fewer layers than announced', `7767517\n5 1\n${inputLayer}`, bin(), /announces 5 layers and holds 1/],
    ['absurdly many layers', '7767517\n99999999 1\n', bin(), /more than any network/],
    ['other blobs than announced', `7767517\n1 7\n${inputLayer}`, bin(), /announces 7 blobs and names 1/],
    ['no counts', '7767517\nx y\n', bin(), /numbers of layers and blobs/],
    ['a line without counts', param('Input'), bin(), /does not say how many blobs/],
    ['absurdly many blobs', '7767517\n1 1\nSplit s 1 999999999 data a', bin(), /does not say how many blobs/],
    ['a blob from nowhere', param(inputLayer, 'ReLU r 1 1 nothing out'), bin(), /reads "nothing", which nothing makes/],
    ['a blob made twice', param(inputLayer, 'ReLU r 1 1 data data'), bin(), /makes "data" a second time/],
    [
      'a parameter that is no number',
      param(inputLayer, 'ReLU r 1 1 data out 0=abc'),
      bin(),
      /has the parameter "0=abc"/,
    ],
    ['a list of another length', param(inputLayer, 'ReLU r 1 1 data out -23310=3,1'), bin(), /parameter "-23310=3,1"/],
    ['an unknown layer', param(inputLayer, 'Softmax s 1 1 data out'), bin(), /layer 2 \(Softmax "s"\).*cannot run/],
    ['an unknown parameter', param(inputLayer, 'ReLU r 1 1 data out 5=1'), bin(), /parameter 5, which this engine/],
    ['an unknown activation', param(inputLayer, `${convolution} 9=5`), bin(null, ...Array(9).fill(1)), /activation 5/],
    ['no input', param('ReLU r 0 1 out'), bin(), /needs an Input layer/],
    [
      'too few weights',
      param(inputLayer, convolution),
      bin(null, 1, 2),
      /net\.bin ends too early: layer c needs 28 more/,
    ],
    ['too many weights', param(inputLayer, convolution), bin(null, ...Array(12).fill(1)), /12 bytes are left over/],
    ['a weight count that does not fit', param(inputLayer, convolution.replace('6=9', '6=10')), bin(), /take 9$/],
    ['an absurd kernel', param(inputLayer, convolution.replace('1=3', '1=100000')), bin(), /outside of 1 to 64/],
    [
      'absurdly many channels',
      param(inputLayer, 'Convolution c 1 1 data out 0=60000 1=1 6=60000'),
      new Uint8Array(240_004),
      /60000 channels/,
    ],
    ['a broken number', param(inputLayer, convolution.replace('0=1', '0=1.5')), bin(), /should be whole/],
    [
      'quantized weights',
      param(inputLayer, convolution),
      new Uint8Array(Uint32Array.of(0x000d4b38, 0, 0).buffer),
      /8-bit/,
    ],
    [
      'weights of something else',
      param(inputLayer, convolution),
      new Uint8Array(Uint32Array.of(0xdeadbeef).buffer),
      /does not fit its \.param: layer c should begin at byte 0/,
    ],
    [
      'an explosion in size',
      param(
        inputLayer,
        ...Array.from(
          { length: 6 },
          (_, index) => `Interp i${index} 1 1 ${index === 0 ? 'data' : `b${index}`} b${index + 1} 0=1 1=64 2=64`,
        ),
      ),
      bin(),
      /of the picture's size/,
    ],
    [
      'pixels of too few channels',
      param(inputLayer, 'PixelShuffle p 1 1 data out 0=2'),
      bin(),
      /cannot make pixels of 1 channels/,
    ],
    [
      'channels that are not there',
      param(inputLayer, 'Crop c 1 1 data out -23309=1,2 -23310=1,4 -23311=1,0'),
      bin(),
      /channels 2 to 4 out of 1/,
    ],
  ])('%s', (_why, text, weights, says) => {
    expect(() => build(text, weights)).toThrow(NodeError)
    expect(() => build(text, weights)).toThrow(says)
  })

  it('whatever is done to a real one', async () => {
    const stem = join(shippedModels, 'upscale_models', 'realesr-animevideov3-x4')
    const [text, weights] = await Promise.all([readFile(`${stem}.param`, 'utf8'), readFile(`${stem}.bin`)])
    const edits = fc.array(fc.record({ at: fc.nat(text.length - 1), with: fc.string({ maxLength: 4 }) }), {
      maxLength: 4,
    })
    fc.assert(
      fc.property(edits, fc.nat(weights.length), (changes, length) => {
        let damaged = text
        for (const { at, with: piece } of changes) damaged = damaged.slice(0, at) + piece + damaged.slice(at + 2)
        try {
          build(damaged, weights.subarray(0, length))
        } catch (error) {
          expect(error).toBeInstanceOf(NodeError)
        }
      }),
      { numRuns: 60 },
    )
  })
})
