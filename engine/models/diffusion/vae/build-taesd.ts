/**
 * @file TAESD, the tiny autoencoder for previews: a few convolutions in place of the VAE. Works on the sampler's own
 * latents. Tensor names are those of the original files, which count the layers of one sequence.
 * @see https://github.com/madebyollin/taesd (MIT)
 */
import type { Layers } from '../../network/layers.ts'

export interface TaesdConfig {
  channels: number
  latentChannels: number
}

/** Input `latent [batch, 4, h, w]`, output `picture [batch, 3, 8h, 8w]`, 0 to 1. */
export function buildTaesdDecoder(layers: Layers, { channels, latentChannels }: TaesdConfig): void {
  layers.graph.input('latent', ['batch', latentChannels, 'height', 'width'])
  const third = layers.multiply(layers.toPrecision('latent'), layers.constant([1 / 3]))
  const clamped = layers.multiply(layers.node('Tanh', [third]), layers.constant([3]))
  const same = { inputs: channels, outputs: channels, kernel: 3 }
  let hidden = layers.relu(layers.conv(clamped, '1', { inputs: latentChannels, outputs: channels, kernel: 3 }))
  let place = 3
  for (let level = 0; level < 3; level += 1) {
    for (let count = 0; count < 3; count += 1) hidden = block(layers, hidden, String(place++), channels)
    // The place in between repeats pixels and has no tensors.
    hidden = layers.conv(layers.repeatPixels(hidden, 2), String(place + 1), { ...same, bias: false })
    place += 2
  }
  hidden = block(layers, hidden, String(place), channels)
  hidden = layers.conv(hidden, String(place + 1), { inputs: channels, outputs: 3, kernel: 3 })
  layers.toOutput(hidden, 'picture')
  layers.graph.output('picture', ['batch', 3, 'picture height', 'picture width'])
}

/** Input `picture [batch, 3, 8h, 8w]`, 0 to 1, output `latent [batch, 4, h, w]`. */
export function buildTaesdEncoder(layers: Layers, { channels, latentChannels }: TaesdConfig): void {
  layers.graph.input('picture', ['batch', 3, 'picture height', 'picture width'])
  const same = { inputs: channels, outputs: channels, kernel: 3 }
  let hidden = layers.conv(layers.toPrecision('picture'), '0', { inputs: 3, outputs: channels, kernel: 3 })
  hidden = block(layers, hidden, '1', channels)
  let place = 2
  for (let level = 0; level < 3; level += 1) {
    hidden = layers.conv(hidden, String(place++), { ...same, stride: 2, bias: false })
    for (let count = 0; count < 3; count += 1) hidden = block(layers, hidden, String(place++), channels)
  }
  hidden = layers.conv(hidden, String(place), { inputs: channels, outputs: latentChannels, kernel: 3 })
  layers.toOutput(hidden, 'latent')
  layers.graph.output('latent', ['batch', latentChannels, 'height', 'width'])
}

function block(layers: Layers, input: string, name: string, channels: number): string {
  const same = { inputs: channels, outputs: channels, kernel: 3 }
  let hidden = layers.relu(layers.conv(input, `${name}.conv.0`, same))
  hidden = layers.relu(layers.conv(hidden, `${name}.conv.2`, same))
  return layers.relu(layers.add(layers.conv(hidden, `${name}.conv.4`, same), input))
}
