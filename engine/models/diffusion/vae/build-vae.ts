/**
 * @file The autoencoder of Stable Diffusion, one graph per half. Tensor names are those of the original checkpoints.
 * @see Rombach et al. 2022, arXiv 2112.10752; Esser et al. 2021 (VQGAN), arXiv 2012.09841
 */
import type { Layers } from '../../network/layers.ts'

export interface VaeConfig {
  /** Of the first resolution; the others are multiples. */
  channels: number
  /** From the picture's size to the latent's; each step halves. */
  multipliers: readonly number[]
  latentChannels: number
  /** A 1x1 convolution between the halves. */
  hasQuantConv: boolean
}

export const knownVae = (channels = 128): VaeConfig => ({
  channels,
  multipliers: [1, 2, 4, 4],
  latentChannels: 4,
  hasQuantConv: true,
})

/** Residual blocks per resolution on the way down; one more on the way up. */
const blocksPerLevel = 2
const epsilon = 1e-6

/** Latent pixels per picture pixel, in one direction. */
export function vaeFactor({ multipliers }: VaeConfig): number {
  return 2 ** (multipliers.length - 1)
}

/** Input `latent [batch, latentChannels, h, w]`, output `picture [batch, 3, 8h, 8w]` in about -1 to 1. */
export function buildVaeDecoder(layers: Layers, config: VaeConfig): void {
  const { latentChannels: latent } = config
  layers.graph.input('latent', ['batch', latent, 'height', 'width'])
  let hidden = layers.toPrecision('latent')
  if (config.hasQuantConv) {
    hidden = layers.conv(hidden, 'post_quant_conv', { inputs: latent, outputs: latent, kernel: 1 })
  }
  const widths = config.multipliers.map((multiplier) => multiplier * config.channels)
  let from = widths.at(-1)!
  hidden = layers.conv(hidden, 'decoder.conv_in', { inputs: latent, outputs: from, kernel: 3 })
  hidden = middle(layers, hidden, 'decoder.mid', from)
  for (const [level, channels] of [...widths.entries()].reverse()) {
    const name = `decoder.up.${level}`
    for (let block = 0; block <= blocksPerLevel; block += 1) {
      hidden = residual(layers, hidden, `${name}.block.${block}`, from, channels)
      from = channels
    }
    if (level > 0) {
      const same = { inputs: channels, outputs: channels, kernel: 3 }
      hidden = layers.conv(layers.repeatPixels(hidden, 2), `${name}.upsample.conv`, same)
    }
  }
  hidden = layers.silu(layers.groupNorm(hidden, 'decoder.norm_out', from, { epsilon }))
  hidden = layers.conv(hidden, 'decoder.conv_out', { inputs: from, outputs: 3, kernel: 3 })
  layers.toOutput(hidden, 'picture')
  layers.graph.output('picture', ['batch', 3, 'picture height', 'picture width'])
}

/** Input `picture [batch, 3, 8h, 8w]` in -1 to 1, output `moments [batch, 2 * latentChannels, h, w]`: mean, log variance. */
export function buildVaeEncoder(layers: Layers, config: VaeConfig): void {
  layers.graph.input('picture', ['batch', 3, 'picture height', 'picture width'])
  const widths = config.multipliers.map((multiplier) => multiplier * config.channels)
  let from = config.channels
  let hidden = layers.conv(layers.toPrecision('picture'), 'encoder.conv_in', { inputs: 3, outputs: from, kernel: 3 })
  for (const [level, channels] of widths.entries()) {
    const name = `encoder.down.${level}`
    for (let block = 0; block < blocksPerLevel; block += 1) {
      hidden = residual(layers, hidden, `${name}.block.${block}`, from, channels)
      from = channels
    }
    if (level < widths.length - 1) {
      // Padded at the bottom and on the right only.
      const halving = { inputs: channels, outputs: channels, kernel: 3, stride: 2, padding: [0, 0, 1, 1] } as const
      hidden = layers.conv(hidden, `${name}.downsample.conv`, halving)
    }
  }
  hidden = middle(layers, hidden, 'encoder.mid', from)
  hidden = layers.silu(layers.groupNorm(hidden, 'encoder.norm_out', from, { epsilon }))
  const moments = 2 * config.latentChannels
  hidden = layers.conv(hidden, 'encoder.conv_out', { inputs: from, outputs: moments, kernel: 3 })
  if (config.hasQuantConv) hidden = layers.conv(hidden, 'quant_conv', { inputs: moments, outputs: moments, kernel: 1 })
  layers.toOutput(hidden, 'moments')
  layers.graph.output('moments', ['batch', moments, 'height', 'width'])
}

function middle(layers: Layers, input: string, name: string, channels: number): string {
  let hidden = residual(layers, input, `${name}.block_1`, channels, channels)
  hidden = attention(layers, hidden, `${name}.attn_1`, channels)
  return residual(layers, hidden, `${name}.block_2`, channels, channels)
}

function residual(layers: Layers, input: string, name: string, inputs: number, outputs: number): string {
  let hidden = layers.silu(layers.groupNorm(input, `${name}.norm1`, inputs, { epsilon }))
  hidden = layers.conv(hidden, `${name}.conv1`, { inputs, outputs, kernel: 3 })
  hidden = layers.silu(layers.groupNorm(hidden, `${name}.norm2`, outputs, { epsilon }))
  hidden = layers.conv(hidden, `${name}.conv2`, { inputs: outputs, outputs, kernel: 3 })
  const skip = inputs === outputs ? input : layers.conv(input, `${name}.nin_shortcut`, { inputs, outputs, kernel: 1 })
  return layers.add(skip, hidden)
}

/** One head over all places. */
function attention(layers: Layers, input: string, name: string, channels: number): string {
  const normal = layers.groupNorm(input, `${name}.norm`, channels, { epsilon })
  const places = layers.node('Transpose', [normal], { perm: [0, 2, 3, 1] })
  const rows = layers.node('Reshape', [places, layers.integers(-1, channels)])
  const batch = layers.node('Shape', [input], { start: 0, end: 1 })
  const batched = layers.concat([batch, layers.integers(-1, channels)], 0)
  const same = { inputs: channels, outputs: channels }
  const [query, key, value] = ['q', 'k', 'v'].map((part) =>
    layers.node('Reshape', [layers.linear(rows, `${name}.${part}`, same), batched]),
  ) as [string, string, string]
  const attended = layers.attention(query, key, value, { heads: 1 })
  const result = layers.linear(
    layers.node('Reshape', [attended, layers.integers(-1, channels)]),
    `${name}.proj_out`,
    same,
  )
  const shaped = layers.node('Reshape', [result, layers.node('Shape', [places])])
  return layers.add(input, layers.node('Transpose', [shaped], { perm: [0, 3, 1, 2] }))
}
