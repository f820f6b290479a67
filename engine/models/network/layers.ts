/**
 * @file The layers that diffusion networks and text encoders are made of, in the operators that run best here: torch's
 * layers by their torch names. Matrices work on `[rows, channels]`, convolutions on `[batch, channels, height, width]`.
 * Choices are measured: a Linear is a Gemm over its rows (no transposed copy of the weights), attention one fused
 * operator (as MatMul and Softmax it takes 2 GB more), group normalization an instance normalization of groups.
 */
import type { OnnxGraph } from '../onnx/graph-builder.ts'
import { castTarget, type WeightProvider } from './weight-provider.ts'

/** A layer that something may be added to: the torch module that it is, and its sizes. */
export interface LinearShape {
  inputs: number
  outputs: number
}

export interface ConvShape extends LinearShape {
  /** Height and width of the kernel. */
  kernel: number
  stride: number
  /** Zeros around the picture; or at its top, left, bottom and right. */
  padding: number | readonly [number, number, number, number]
}

/** What changes layers beside their own weights (LoRA). */
export interface SideBranches {
  /** Called once, before any layer: the place to declare inputs of the graph. */
  begin?(layers: Layers): void
  /** @returns a value to add to the layer's result, or null */
  linear(layers: Layers, module: string, input: string, shape: LinearShape): string | null
  conv(layers: Layers, module: string, input: string, shape: ConvShape): string | null
  /** @returns the weights to use in place of the layer's own, or those */
  weight?(layers: Layers, module: string, weight: string, shape: readonly number[]): string
}

export class Layers {
  readonly graph: OnnxGraph
  readonly weights: WeightProvider
  readonly #branches: SideBranches | undefined
  readonly #constants = new Map<string, string>()

  constructor(weights: WeightProvider, branches?: SideBranches) {
    this.graph = weights.graph
    this.weights = weights
    this.#branches = branches
    branches?.begin?.(this)
  }

  node(operator: string, inputs: readonly string[], attributes?: Parameters<OnnxGraph['node']>[2]): string {
    return this.graph.node(operator, inputs, attributes)
  }

  /** Numbers in the network's precision, made once. */
  constant(values: readonly number[], dimensions: readonly number[] = []): string {
    return this.#once(`f${dimensions.join('x')}:${values.join(',')}`, () =>
      this.toPrecision(this.graph.floats('constant', dimensions, values)),
    )
  }

  integers(...values: number[]): string {
    return this.#once(`i${values.join(',')}`, () => this.graph.integers('integers', values))
  }

  /** From an input's `float32` to what the network computes in. */
  toPrecision(value: string): string {
    const { precision } = this.weights
    return precision === 'float32' ? value : this.node('Cast', [value], { to: castTarget[precision] })
  }

  /** From what the network computes in to `float32`, for what needs more digits. */
  toSingle(value: string): string {
    return this.weights.precision === 'float32' ? value : this.node('Cast', [value], { to: castTarget.float32 })
  }

  /** From what the network computes in to `float32`, under the name of an output of the graph. */
  toOutput(value: string, name: string): string {
    return this.weights.precision === 'float32'
      ? this.graph.node('Identity', [value], {}, name)
      : this.graph.node('Cast', [value], { to: castTarget.float32 }, name)
  }

  /**
   * `torch.nn.Linear`.
   * @param input - `[rows, inputs]`
   * @param name - of the layer: its tensors are `<name>.weight` and `<name>.bias`
   * @param options.part - the weights are rows of a larger matrix: which is its first, and how many it has in all
   * @param options.tensors - names of the tensors where they do not follow the rule
   * @param options.inputFirst - the tensor is a bare matrix `[inputs, outputs]`, not a Linear's
   * @param options.module - what LoRAs call the layer. @default name
   */
  linear(
    input: string,
    name: string,
    options: LinearShape & {
      bias?: boolean
      part?: { from: number; of: number }
      tensors?: { weight: string; bias?: string }
      inputFirst?: boolean
      module?: string
    },
  ): string {
    const { inputs, outputs, bias = true, part, inputFirst = false, module = name } = options
    const tensors = options.tensors ?? { weight: `${name}.weight`, bias: `${name}.bias` }
    const rows = part && { from: part.from, to: part.from + outputs }
    const total = part?.of ?? outputs
    const weight = inputFirst
      ? this.node('Transpose', [this.weights.tensor(tensors.weight, [inputs, total])], { perm: [1, 0] })
      : this.weights.tensor(tensors.weight, [total, inputs], { ...(rows && { rows }) })
    const operands = [input, this.#branches?.weight?.(this, module, weight, [outputs, inputs]) ?? weight]
    if (bias && tensors.bias) operands.push(this.weights.tensor(tensors.bias, [total], { ...(rows && { rows }) }))
    const result = this.node('Gemm', operands, { transB: 1 })
    const branch = this.#branches?.linear(this, module, input, { inputs, outputs })
    return branch ? this.add(result, branch) : result
  }

  /** `torch.nn.Conv2d` with a square kernel. @param options.padding - @default keeps the size */
  conv(
    input: string,
    name: string,
    options: LinearShape & { kernel: number; stride?: number; padding?: ConvShape['padding']; bias?: boolean },
  ): string {
    const { inputs, outputs, kernel, stride = 1, padding = (kernel - 1) / 2, bias = true } = options
    const shape = [outputs, inputs, kernel, kernel]
    const weight = this.weights.tensor(`${name}.weight`, shape, { dimensions: shape })
    const operands = [input, this.#branches?.weight?.(this, name, weight, shape) ?? weight]
    if (bias) operands.push(this.weights.tensor(`${name}.bias`, [outputs]))
    const result = this.convolve(operands, { kernel, stride, padding })
    const branch = this.#branches?.conv(this, name, input, { inputs, outputs, kernel, stride, padding })
    return branch ? this.add(result, branch) : result
  }

  /** The bare operator: input, weights and maybe a bias. */
  convolve(operands: readonly string[], { kernel, stride, padding }: Pick<ConvShape, 'kernel' | 'stride' | 'padding'>) {
    return this.node('Conv', operands, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: typeof padding === 'number' ? [padding, padding, padding, padding] : padding,
    })
  }

  /** `torch.nn.LayerNorm` over the last dimension. */
  layerNorm(input: string, name: string, width: number, epsilon = 1e-5): string {
    const scale = this.weights.tensor(`${name}.weight`, [width])
    const shift = this.weights.tensor(`${name}.bias`, [width])
    return this.node('LayerNormalization', [input, scale, shift], { axis: -1, epsilon: { float: epsilon } })
  }

  /** `torch.nn.GroupNorm` of pictures. */
  groupNorm(input: string, name: string, channels: number, { groups = 32, epsilon = 1e-5 } = {}): string {
    const grouped = this.node('Reshape', [input, this.integers(0, groups, -1)])
    const ones = this.constant(Array(groups).fill(1), [groups])
    const zeros = this.constant(Array(groups).fill(0), [groups])
    const normal = this.node('InstanceNormalization', [grouped, ones, zeros], { epsilon: { float: epsilon } })
    const shaped = this.node('Reshape', [normal, this.node('Shape', [input])])
    const view = { dimensions: [1, channels, 1, 1] }
    const scaled = this.multiply(shaped, this.weights.tensor(`${name}.weight`, [channels], view))
    return this.add(scaled, this.weights.tensor(`${name}.bias`, [channels], view))
  }

  /** x * sigmoid(x) */
  silu(input: string): string {
    return this.quickGelu(input, 1)
  }

  /** x * sigmoid(alpha * x): CLIP-L's approximation of gelu. */
  quickGelu(input: string, alpha = 1.702): string {
    return this.node('com.microsoft.QuickGelu', [input], { alpha: { float: alpha } })
  }

  /** The exact one, with erf. */
  gelu(input: string): string {
    return this.node('Gelu', [input])
  }

  relu(input: string): string {
    return this.node('Relu', [input])
  }

  /** Each pixel becomes a square of `factor` equal ones. */
  repeatPixels(input: string, factor: number): string {
    const factors = this.#once(`scales${factor}`, () => this.graph.floats('scales', [4], [1, 1, factor, factor]))
    const nearest = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
    return this.node('Resize', [input, '', factors], nearest)
  }

  add(a: string, b: string): string {
    return this.node('Add', [a, b])
  }

  multiply(a: string, b: string): string {
    return this.node('Mul', [a, b])
  }

  concat(inputs: readonly string[], axis: number): string {
    return this.node('Concat', inputs, { axis })
  }

  /**
   * Scaled dot-product attention of several heads.
   * @param query - `[batch, tokens, channels]`, as are key and value (which may have other tokens)
   * @param options.causal - each token sees only itself and those before it
   * @param options.single - computed in single precision whatever the network is in: its scores leave the range of half
   * @returns `[batch, tokens, channels]`
   */
  attention(
    query: string,
    key: string,
    value: string,
    { heads, causal = false, single = false }: { heads: number; causal?: boolean; single?: boolean },
  ): string {
    const operands = single ? [query, key, value].map((operand) => this.toSingle(operand)) : [query, key, value]
    const attended = this.node('com.microsoft.MultiHeadAttention', operands, {
      num_heads: heads,
      unidirectional: causal ? 1 : 0,
    })
    return single ? this.toPrecision(attended) : attended
  }

  #once(key: string, make: () => string): string {
    const known = this.#constants.get(key)
    if (known !== undefined) return known
    const made = make()
    this.#constants.set(key, made)
    return made
  }
}
