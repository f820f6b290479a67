/**
 * @file The blocks that UNets and ControlNets share: time embedding, residual block, spatial transformer. Tensor names are
 * those of the original checkpoints.
 * @see Rombach et al. 2022, arXiv 2112.10752; Podell et al. 2023 (SDXL), arXiv 2307.01952
 */
import type { Layers } from '../../network/layers.ts'
import { headCount, type UNetConfig } from './config.ts'

const maxPeriod = 10_000
/** The attention of SD 2, known by the width of its text, overflows in half precision. */
const stableDiffusion2Text = 1024

export class UNetBlocks {
  readonly layers: Layers
  readonly config: UNetConfig
  /** Of the sample: one number, for shapes. */
  readonly #batch: string
  /** `[batch * tokens, width]` */
  readonly #context: string
  readonly #embedding: string
  readonly #shapes = new Map<number, string>()

  /** Declares the inputs `x`, `timesteps`, `context` and, where the network has it, `y`. */
  constructor(layers: Layers, config: UNetConfig) {
    this.layers = layers
    this.config = config
    const { graph } = layers
    graph.input('x', ['batch', config.inChannels, 'height', 'width'])
    graph.input('timesteps', ['batch'])
    graph.input('context', ['batch', 'tokens', config.contextWidth])
    this.#batch = graph.node('Shape', ['x'], { start: 0, end: 1 })
    const rows = layers.node('Reshape', ['context', layers.integers(-1, config.contextWidth)])
    this.#context = layers.toPrecision(rows)
    this.#embedding = this.#embed()
  }

  /** The sum of what time and label say, activated as every residual block wants it: `[batch, 4 * channels]`. */
  #embed(): string {
    const { layers, config } = this
    const { modelChannels: inputs, labelWidth } = config
    const outputs = 4 * inputs
    let embedding = layers.linear(this.#sinusoids(inputs), 'time_embed.0', { inputs, outputs })
    embedding = layers.linear(layers.silu(embedding), 'time_embed.2', { inputs: outputs, outputs })
    if (labelWidth !== null) {
      layers.graph.input('y', ['batch', labelWidth])
      let label = layers.linear(layers.toPrecision('y'), 'label_emb.0.0', { inputs: labelWidth, outputs })
      label = layers.linear(layers.silu(label), 'label_emb.0.2', { inputs: outputs, outputs })
      embedding = layers.add(embedding, label)
    }
    return layers.silu(embedding)
  }

  /** Cosines, then sines, of the time step at falling frequencies; in single precision as torch has them. */
  #sinusoids(width: number): string {
    const { layers } = this
    const half = width / 2
    const frequencies = Float32Array.from({ length: half }, (_, index) =>
      Math.exp(Math.fround(Math.fround(-Math.log(maxPeriod) * index) / half)),
    )
    const steps = layers.node('Unsqueeze', ['timesteps', layers.integers(1)])
    const angles = layers.multiply(steps, layers.graph.floats('frequencies', [1, half], frequencies))
    return layers.toPrecision(layers.concat([layers.node('Cos', [angles]), layers.node('Sin', [angles])], 1))
  }

  /** `ResBlock`: two convolutions with the embedding added between them. */
  residual(input: string, name: string, inputs: number, outputs: number): string {
    const { layers, config } = this
    let hidden = layers.silu(layers.groupNorm(input, `${name}.in_layers.0`, inputs))
    hidden = layers.conv(hidden, `${name}.in_layers.2`, { inputs, outputs, kernel: 3 })
    const embedding = layers.linear(this.#embedding, `${name}.emb_layers.1`, {
      inputs: 4 * config.modelChannels,
      outputs,
    })
    hidden = layers.add(hidden, layers.node('Unsqueeze', [embedding, layers.integers(2, 3)]))
    hidden = layers.silu(layers.groupNorm(hidden, `${name}.out_layers.0`, outputs))
    hidden = layers.conv(hidden, `${name}.out_layers.3`, { inputs: outputs, outputs, kernel: 3 })
    const skip =
      inputs === outputs ? input : layers.conv(input, `${name}.skip_connection`, { inputs, outputs, kernel: 1 })
    return layers.add(skip, hidden)
  }

  /** `SpatialTransformer`: attention among all places, and to the text. */
  transformer(input: string, name: string, channels: number, depth: number): string {
    const { layers } = this
    const normal = layers.groupNorm(input, `${name}.norm`, channels, { epsilon: 1e-6 })
    const places = layers.node('Transpose', [normal], { perm: [0, 2, 3, 1] })
    const rows = layers.node('Reshape', [places, layers.integers(-1, channels)])
    const same = { inputs: channels, outputs: channels }
    let hidden = layers.linear(rows, `${name}.proj_in`, same)
    for (let index = 0; index < depth; index += 1) {
      hidden = this.#transformerBlock(hidden, `${name}.transformer_blocks.${index}`, channels)
    }
    hidden = layers.linear(hidden, `${name}.proj_out`, same)
    const shaped = layers.node('Reshape', [hidden, layers.node('Shape', [places])])
    return layers.add(input, layers.node('Transpose', [shaped], { perm: [0, 3, 1, 2] }))
  }

  #transformerBlock(input: string, name: string, channels: number): string {
    const { layers } = this
    let hidden = layers.layerNorm(input, `${name}.norm1`, channels)
    hidden = layers.add(input, this.#attend(hidden, hidden, `${name}.attn1`, channels, channels))
    const normal = layers.layerNorm(hidden, `${name}.norm2`, channels)
    hidden = layers.add(
      hidden,
      this.#attend(normal, this.#context, `${name}.attn2`, channels, this.config.contextWidth),
    )
    return layers.add(
      hidden,
      this.#feedForward(layers.layerNorm(hidden, `${name}.norm3`, channels), `${name}.ff`, channels),
    )
  }

  #attend(input: string, context: string, name: string, channels: number, contextWidth: number): string {
    const { layers } = this
    const project = (rows: string, part: string, inputs: number) =>
      this.#batched(layers.linear(rows, `${name}.${part}`, { inputs, outputs: channels, bias: false }), channels)
    const query = project(input, 'to_q', channels)
    const key = project(context, 'to_k', contextWidth)
    const value = project(context, 'to_v', contextWidth)
    const single = this.config.contextWidth === stableDiffusion2Text
    const attended = layers.attention(query, key, value, { heads: headCount(this.config, channels), single })
    const rows = layers.node('Reshape', [attended, layers.integers(-1, channels)])
    return layers.linear(rows, `${name}.to_out.0`, { inputs: channels, outputs: channels })
  }

  /** GEGLU. @see Shazeer 2020, arXiv 2002.05202 */
  #feedForward(input: string, name: string, channels: number): string {
    const { layers } = this
    const both = layers.linear(input, `${name}.net.0.proj`, { inputs: channels, outputs: 8 * channels })
    const [hidden, gate] = layers.graph.nodeWithOutputs('Split', [both], { axis: 1, num_outputs: 2 }, 2)
    const gated = layers.multiply(hidden!, layers.gelu(gate!))
    return layers.linear(gated, `${name}.net.2`, { inputs: 4 * channels, outputs: channels })
  }

  /** `[batch * tokens, channels]` to `[batch, tokens, channels]` */
  #batched(rows: string, channels: number): string {
    const { layers } = this
    let shape = this.#shapes.get(channels)
    if (shape === undefined) {
      shape = layers.concat([this.#batch, layers.integers(-1, channels)], 0)
      this.#shapes.set(channels, shape)
    }
    return layers.node('Reshape', [rows, shape])
  }

  /** Half of height and width, rounded up. */
  downsample(input: string, name: string, channels: number): string {
    return this.layers.conv(input, name, { inputs: channels, outputs: channels, kernel: 3, stride: 2, padding: 1 })
  }

  /** Repeats pixels up to the size of `like`: sizes that were odd come out as they went in. */
  upsample(input: string, name: string, channels: number, like: string): string {
    const { layers } = this
    const size = layers.node('Shape', [like], { start: 2, end: 4 })
    const enlarged = layers.node('Resize', [input, '', '', size], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
      axes: [2, 3],
    })
    return layers.conv(enlarged, name, { inputs: channels, outputs: channels, kernel: 3 })
  }
}
