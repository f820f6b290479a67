/**
 * @file Changes of a layer's weights that no side branch can make, as operators over the layer's own weights:
 * LoHa (Hadamard product of two low-rank matrices), LoKr (Kronecker product), DoRA (direction and length), differences.
 */
import { NodeError } from '../../../nodes/define.ts'
import type { SafetensorsFile } from '../../safetensors/read-safetensors.ts'
import type { Layers } from '../layers.ts'
import type { WeightProvider } from '../weight-provider.ts'
import type { LoraLayer } from './read-lora.ts'

export interface WeightChange {
  layers: Layers
  weights: WeightProvider
  layer: LoraLayer
  /** The layer's own weights, and their shape: `[outputs, inputs]`, or with a kernel's height and width. */
  weight: string
  shape: readonly number[]
  strength: string
  file: SafetensorsFile
}

/** Divides by a length: never by zero. */
const epsilon = 1.1920928955078125e-7

/** @returns the changed weights. @throws NodeError naming the LoRA when its parts do not fit the layer */
export function changedWeight(change: WeightChange): string {
  const { layers, weight, strength } = change
  const difference = makeDifference(change)
  if (!change.layer.has('dora_scale')) return layers.add(weight, layers.multiply(strength, difference))
  const target = rescale(change, layers.add(weight, difference))
  return layers.add(weight, layers.multiply(strength, layers.node('Sub', [target, weight])))
}

function makeDifference(change: WeightChange): string {
  const { layer, layers, weights, shape } = change
  if (layer.has('diff')) return weights.tensor(layer.get('diff')!, shape)
  if (layer.has('hada_w1_a')) return scaled(change, loha(change), sizeOf(change, 'hada_w1_b', 0))
  if (layer.has('lokr_w1') || layer.has('lokr_w1_a')) return lokr(change)
  if (layer.has('down') && layer.has('up')) {
    const rank = sizeOf(change, 'down', 0)
    const [outputs, ...rest] = shape as [number, ...number[]]
    const inputs = rest.reduce((product, size) => product * size, 1)
    if (layer.has('mid')) return scaled(change, tucker(change, 'mid', 'up', 'down', rank, false), rank)
    const up = weights.tensor(layer.get('up')!, [outputs, rank], { dimensions: [outputs, rank] })
    const down = weights.tensor(layer.get('down')!, [rank, ...rest], { dimensions: [rank, inputs] })
    return scaled(change, toShape(change, layers.node('MatMul', [up, down])), rank)
  }
  throw new NodeError(`${change.file.name} is damaged: a layer has only the parts ${[...layer.keys()].join(', ')}`)
}

/** times alpha / rank */
function scaled({ layer, layers, weights }: WeightChange, value: string, rank: number): string {
  const alpha = layer.get('alpha')
  if (alpha === undefined) return value
  const factor = layers.multiply(weights.tensor(alpha, [], { dimensions: [] }), layers.constant([1 / rank]))
  return layers.multiply(value, factor)
}

function loha(change: WeightChange): string {
  const { layer, layers } = change
  const rank = sizeOf(change, 'hada_w1_b', 0)
  if (layer.has('hada_t1')) {
    const first = tucker(change, 'hada_t1', 'hada_w1_a', 'hada_w1_b', rank, true)
    return layers.multiply(first, tucker(change, 'hada_t2', 'hada_w2_a', 'hada_w2_b', rank, true))
  }
  const product = (a: string, b: string) => {
    const [outputs, inner] = shapeOf(change, a) as [number, number]
    const [, inputs] = shapeOf(change, b) as [number, number]
    return layers.node('MatMul', [whole(change, a, [outputs, inner]), whole(change, b, [inner, inputs])])
  }
  return toShape(change, layers.multiply(product('hada_w1_a', 'hada_w1_b'), product('hada_w2_a', 'hada_w2_b')))
}

/**
 * A kernel from its core `[rank, rank, height, width]` and two matrices.
 * @param transposed - the output's matrix is `[rank, outputs]` (LyCORIS) in place of `[outputs, rank]`
 */
function tucker(change: WeightChange, core: string, a: string, b: string, rank: number, transposed: boolean): string {
  const [outputs, inputs, height, width] = change.shape as [number, number, number, number]
  const operands = [
    whole(change, core, [rank, rank, height, width]),
    whole(change, a, transposed ? [rank, outputs] : [outputs, rank]),
    whole(change, b, [rank, inputs]),
  ]
  return change.layers.node('Einsum', operands, {
    equation: transposed ? 'ijkl,ip,jr->prkl' : 'ijkl,pi,jr->prkl',
  })
}

function lokr(change: WeightChange): string {
  const { layers, shape } = change
  const small = factor(change, 'lokr_w1')
  const large = factor(change, 'lokr_w2')
  const rank = large.rank ?? small.rank
  const kernel = shape.slice(2)
  const [a, b] = small.shape as [number, number]
  const [c, d] = large.shape as [number, number]
  const ones = kernel.map(() => 1)
  const left = layers.node('Reshape', [small.value, layers.integers(a, 1, b, 1, ...ones)])
  const right = layers.node('Reshape', [large.value, layers.integers(1, c, 1, d, ...kernel)])
  const product = toShape(change, layers.multiply(left, right))
  if (a * c !== shape[0] || b * d !== shape[1]) throw misfit(change)
  return rank === null ? product : scaled(change, product, rank)
}

/** One side of a Kronecker product, whole or as a product of low rank. */
function factor(change: WeightChange, name: string): { value: string; shape: number[]; rank: number | null } {
  const { layer, layers, shape } = change
  if (layer.has(name)) {
    const own = shapeOf(change, name)
    return { value: whole(change, name, own), shape: [...own], rank: null }
  }
  const [first, second] = [shapeOf(change, `${name}_a`), shapeOf(change, `${name}_b`)]
  const core = name === 'lokr_w2' && layer.has('lokr_t2')
  const rank = second[0]!
  const inputs = second.slice(1).reduce((product, size) => product * size, 1)
  if (core) {
    const operands = [
      whole(change, 'lokr_t2', [rank, rank, ...shape.slice(2)]),
      whole(change, `${name}_a`, first),
      whole(change, `${name}_b`, second),
    ]
    return {
      value: layers.node('Einsum', operands, { equation: 'ijkl,ip,jr->prkl' }),
      shape: [first[1]!, inputs],
      rank,
    }
  }
  const value = layers.node('MatMul', [
    whole(change, `${name}_a`, [first[0]!, first[1]!]),
    whole(change, `${name}_b`, [rank, inputs]),
  ])
  const kernelSize = shape.slice(2).reduce((product, size) => product * size, 1)
  // A kernel's places may lie in the second matrix.
  return { value, shape: [first[0]!, name === 'lokr_w2' ? inputs / kernelSize : inputs], rank }
}

/** Gives every output (or every input) of the weights the length that was trained. */
function rescale(change: WeightChange, weight: string): string {
  const { layers, shape } = change
  const lengths = shapeOf(change, 'dora_scale')
  const count = lengths.reduce((product, size) => product * size, 1)
  const perOutput = lengths[0] === shape[0] && count === shape[0]
  if (!perOutput && count !== shape[1]) throw misfit(change)
  const kept = perOutput ? 0 : 1
  const axes = shape.map((_, axis) => axis).filter((axis) => axis !== kept)
  const length = layers.node('ReduceL2', [weight, layers.integers(...axes)], { keepdims: 1 })
  const dimensions = shape.map((_, axis) => (axis === kept ? count : 1))
  const wanted = change.weights.tensor(change.layer.get('dora_scale')!, lengths, { dimensions })
  return layers.multiply(weight, layers.node('Div', [wanted, layers.add(length, layers.constant([epsilon]))]))
}

function toShape({ layers, shape }: WeightChange, value: string): string {
  return layers.node('Reshape', [value, layers.integers(...shape)])
}

function whole({ weights, layer }: WeightChange, part: string, shape: readonly number[]): string {
  return weights.tensor(layer.get(part) ?? part, shape)
}

function shapeOf({ layer, file }: WeightChange, part: string): readonly number[] {
  const shape = file.tensors.get(layer.get(part) ?? '')?.shape
  if (!shape || shape.length === 0) throw new NodeError(`${file.name} is damaged: a layer lacks its part ${part}`)
  return shape
}

function sizeOf(change: WeightChange, part: string, axis: number): number {
  return shapeOf(change, part)[axis] ?? 1
}

function misfit({ file, shape }: WeightChange): NodeError {
  return new NodeError(
    `${file.name} does not fit the model: it was made for weights of another shape than [${shape.join(', ')}]`,
  )
}
