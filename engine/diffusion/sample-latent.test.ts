/** @file What one run asks of the networks, and how their answers are put together: with stubs in place of networks. */
import { describe, expect, it } from 'vitest'
import type { ControlNet, T2iAdapter } from '../models/diffusion/control/control.ts'
import { additionInputs } from '../models/diffusion/unet/unet.ts'
import type { Conditioning } from '../models/text/conditioning.ts'
import { controlNetApplyAdvanced } from '../nodes/conditioning/control-net-apply.ts'
import { createTestBench, valuesOf } from '../nodes/testing/context.ts'
import { createImage } from '../tensor.ts'
import { cfgGuider, type Guider } from './guider.ts'
import { sampleLatent } from './sample-latent.ts'
import { saying, stubModel } from './testing/stub-model.ts'

interface Run {
  batch?: number
  sigmas?: number[]
}

const run = (guider: Guider, { batch = 1, sigmas = [2, 1, 0] }: Run = {}) =>
  sampleLatent({
    guider,
    sampler: { name: 'euler' },
    sigmas: Float32Array.from(sigmas),
    latent: { data: new Float32Array(batch * 4 * 8 * 8), shape: [batch, 4, 8, 8] },
    noise: null,
    seed: 1,
    onStep: async () => undefined,
    pause: async () => undefined,
  })

describe('with something to follow', () => {
  const { unet } = stubModel()

  /** An adapter that tells a picture by its red: the features are that number. */
  function stubAdapter() {
    const places = [...additionInputs(unet.config, { control: false, adapter: true })]
    const adapter: T2iAdapter & { looks: number } = {
      kind: 't2i-adapter',
      label: 'adapter.safetensors',
      config: { hintChannels: 3, unshuffle: 8, channels: [32, 64, 128, 128], halves: [false, true, true, true] },
      looks: 0,
      async features({ data, shape: [count, channels, height, width] }) {
        adapter.looks += 1
        const reds = Array.from({ length: count }, (_, index) => data[index * channels * height * width]!)
        return new Map(
          places.map(([name, wide]) => [
            name,
            { data: Float32Array.from(reds.flatMap((red) => Array(wide).fill(red))), shape: [count, wide, 1, 1] },
          ]),
        )
      },
    }
    return adapter
  }

  function stubControlNet() {
    const places = [...additionInputs(unet.config, { control: true, adapter: false })]
    const network: ControlNet & { looks: number } = {
      kind: 'controlnet',
      label: 'control.safetensors',
      config: { ...unet.config, hintChannels: 3 },
      isPooled: false,
      looks: 0,
      async embedHint({ shape: [count] }) {
        network.looks += 1
        return { data: new Float32Array(count * 32 * 64), shape: [count, 32, 8, 8] }
      },
      residuals: async ({ shape: [batch] }) =>
        new Map(
          places.map(([name, wide]) => [name, { data: new Float32Array(batch * wide), shape: [batch, wide, 1, 1] }]),
        ),
    }
    return network
  }

  /** Pictures of one colour each. */
  function pictures(...reds: number[]) {
    const image = createImage(reds.length, 64, 64, 3)
    for (const [index, red] of reds.entries()) image.data.fill(red, index * 64 * 64 * 3, (index + 1) * 64 * 64 * 3)
    return image
  }

  /** Both texts follow the pictures. */
  async function following(control_net: ControlNet | T2iAdapter, image = pictures(0.5), changes = {}) {
    const bench = await createTestBench()
    const applied = await controlNetApplyAdvanced.execute(
      {
        ...{ positive: saying(1), negative: saying(2), control_net, image, vae: undefined },
        ...{ strength: 1, start_percent: 0, end_percent: 1, ...changes },
      },
      bench.context,
    )
    await bench.remove()
    const [positive, negative] = valuesOf(applied) as [Conditioning, Conditioning]
    const model = stubModel()
    return { model, guider: cfgGuider(model, { positive, negative, scale: 5 }) }
  }

  it.each([
    [[0.25], 2, [0.25]],
    [[0.25, 0.5], 2, [0.25, 0.5]],
    [[0.25, 0.5], 3, [0.25, 0.5, 0.25]],
    [[0.25, 0.5, 0.75], 2, [0.25, 0.5]],
  ])('an adapter’s pictures of red %j over a batch of %i are taken in turn', async (reds, batch, expected) => {
    const { model, guider } = await following(stubAdapter(), pictures(...reds))
    await run(guider, { batch })
    const { data, shape } = model.requests[0]!.additions!.get('adapter_2')!
    expect(shape).toEqual([expected.length, 32, 1, 1])
    expect(expected.map((_, index) => data[index * 32])).toEqual(expected)
  })

  it.each([stubAdapter, stubControlNet])('both texts share one look at the picture (%o)', async (create) => {
    const network = create()
    const { model, guider } = await following(network)
    await run(guider)
    expect(model.requests).toHaveLength(4)
    expect(network.looks).toBe(1)
  })

  it.each([
    ['control', stubControlNet],
    ['adapter', stubAdapter],
  ] as const)('the network is told from the first step on that a %s comes later', async (kind, create) => {
    const { model, guider } = await following(create(), pictures(0.5), { start_percent: 0.9 })
    await run(guider, { sigmas: [14, 0.1, 0] })
    expect(model.requests.map(({ additions }) => additions !== undefined)).toEqual([false, false, true, true])
    expect(model.requests.map(({ addable }) => addable)).toEqual(Array(4).fill([kind]))
  })

  it('a network that nothing is ever added to is not told of any', async () => {
    const model = stubModel()
    await run(cfgGuider(model, { positive: saying(1), negative: saying(2), scale: 5 }))
    expect(model.requests.map(({ addable }) => addable)).toEqual(Array(4).fill([]))
  })
})
