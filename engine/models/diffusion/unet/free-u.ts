/**
 * @file FreeU in the graph of a UNet: on the way up, half of what comes from below is strengthened and the lowest
 * frequencies of what skips over the U are weakened. Strengths are inputs of the graph: changing one reopens nothing.
 * @see Si et al. 2023, arXiv 2309.11497
 */
import type { Tensor } from 'onnxruntime-common'
import type { Layers } from '../../network/layers.ts'
import { createFloatTensor } from '../../runtime/tensor.ts'

/** 1 strengthens every place alike (the paper's first version), 2 by how much its features stand out. */
export type FreeUVersion = 1 | 2

export interface FreeUStrength {
  /** Of the features from below; 1 changes nothing. */
  backbone: number
  /** Of the low frequencies that skip over; 1 changes nothing. */
  skip: number
}

export interface FreeU {
  version: FreeUVersion
  /** Where what comes from below has four times the channels of the first level. */
  quadruple: FreeUStrength
  /** Where it has twice as many. */
  double: FreeUStrength
}

const inputName = (index: number) => `freeu_${index}`

/** The graph's inputs that carry the strengths. */
export function freeUFeeds(applied: readonly FreeU[]): Record<string, Tensor> {
  return Object.fromEntries(
    applied.map(({ quadruple, double }, index) => {
      const strengths = Float32Array.of(quadruple.backbone, quadruple.skip, double.backbone, double.skip)
      return [inputName(index), createFloatTensor(strengths, [4])]
    }),
  )
}

/** Where the strengths of a number of channels begin in the input. */
const places = { quadruple: 0, double: 2 } as const

export class FreeUBlocks {
  readonly #layers: Layers
  readonly #versions: readonly FreeUVersion[]
  readonly #modelChannels: number
  readonly #bases = new Map<string, string>()

  /** Declares the inputs `freeu_<n> [4]`. */
  constructor(layers: Layers, versions: readonly FreeUVersion[], modelChannels: number) {
    this.#layers = layers
    this.#versions = versions
    this.#modelChannels = modelChannels
    for (const index of versions.keys()) layers.graph.input(inputName(index), [4])
  }

  /**
   * @param hidden - from below, `[batch, channels, h, w]`
   * @param skip - over the U, of the same height and width
   * @param size - a name for that height and width: what belongs to a size is computed once
   * @returns both, changed where the number of channels says so
   */
  apply(hidden: string, channels: number, skip: string, size: string): [hidden: string, skip: string] {
    const place =
      channels === 4 * this.#modelChannels
        ? places.quadruple
        : channels === 2 * this.#modelChannels
          ? places.double
          : null
    if (place === null) return [hidden, skip]
    let pair: [string, string] = [hidden, skip]
    for (const [index, version] of this.#versions.entries()) {
      const strengthAt = (at: number) => this.#layers.node('Gather', [inputName(index), this.#layers.integers(at)])
      pair = [this.#strengthen(pair[0], version, strengthAt(place)), this.#weaken(pair[1], size, strengthAt(place + 1))]
    }
    return pair
  }

  /** The first half of the channels. @param strength - `[1]`, `float32` */
  #strengthen(hidden: string, version: FreeUVersion, strength: string): string {
    const layers = this.#layers
    const [first, second] = layers.graph.nodeWithOutputs('Split', [hidden], { axis: 1, num_outputs: 2 }, 2)
    const factor = layers.toPrecision(strength)
    return layers.concat(
      [layers.multiply(first!, version === 1 ? factor : this.#byProminence(hidden, factor)), second!],
      1,
    )
  }

  /** From 1 at the place with the least mean feature of its picture to `factor` at the one with the greatest. */
  #byProminence(hidden: string, factor: string): string {
    const layers = this.#layers
    const over = (operator: string, input: string, ...axes: number[]) =>
      layers.node(operator, [input, layers.integers(...axes)], { keepdims: 1 })
    const mean = over('ReduceMean', hidden, 1)
    const least = over('ReduceMin', mean, 2, 3)
    // Where all are the same (a single place) 0 / 0 would end the picture.
    const span = layers.node('Max', [
      layers.node('Sub', [over('ReduceMax', mean, 2, 3), least]),
      layers.constant([1e-6]),
    ])
    const share = layers.node('Div', [layers.node('Sub', [mean, least]), span])
    const one = layers.constant([1])
    return layers.add(layers.multiply(layers.node('Sub', [factor, one]), share), one)
  }

  /**
   * Scales the frequencies 0 and -1 of height and width. They are four: the picture's part in them, times
   * `strength - 1`, is added, which costs less than a transform of everything.
   * In complex numbers it is `A x B'` with `A = (1 + exp(-i a)) / h` of the angle `a` between two rows, and `B` the same of
   * two columns. In the base 1, cos, sin of the angle of one row, `A = U (I + i J) U' / h` with J the turn of cos into sin;
   * so the real part is `U (C - J C J') V' / hw` where `C = U' x V` are 3 x 3 numbers a channel.
   * @param strength - `[1]`, `float32`; computed in single precision as torch does
   */
  #weaken(skip: string, size: string, strength: string): string {
    const layers = this.#layers
    const product = (a: string, b: string) => layers.node('MatMul', [a, b])
    const turned = (matrix: string) => layers.node('Transpose', [matrix], { perm: [1, 0] })
    const x = layers.toSingle(skip)
    const [rows, columns] = [this.#base(skip, 2, size), this.#base(skip, 3, size)]
    const coefficients = product(turned(rows), product(x, columns))
    const turn = layers.graph.floats('turn', [3, 3], [0, 0, 0, 0, 0, 1, 0, -1, 0])
    const imaginary = product(product(turn, coefficients), turned(turn))
    const area = layers.node('ReduceProd', [layers.node('Shape', [skip], { start: 2, end: 4 })], { keepdims: 1 })
    const weight = layers.node('Div', [
      layers.node('Sub', [strength, layers.graph.floats('one', [1], [1])]),
      layers.node('Cast', [area], { to: 1 }),
    ])
    const low = layers.multiply(layers.node('Sub', [coefficients, imaginary]), weight)
    return layers.toPrecision(layers.add(x, product(rows, product(low, turned(columns)))))
  }

  /** 1, cos and sin of each row's (or column's) share of a full turn: `[length, 3]`; of a single row 1, 0, 0. */
  #base(like: string, axis: number, size: string): string {
    const key = `${axis} ${size}`
    const known = this.#bases.get(key)
    if (known !== undefined) return known
    const layers = this.#layers
    const { graph } = layers
    const scalar = (value: number) => graph.integers('scalar', [value], [])
    const length = layers.node('Squeeze', [layers.node('Shape', [like], { start: axis, end: axis + 1 })])
    const index = layers.node('Cast', [layers.node('Range', [scalar(0), length, scalar(1)])], { to: 1 })
    const count = layers.node('Cast', [length], { to: 1 })
    const share = layers.node('Div', [layers.node('Unsqueeze', [index, layers.integers(1)]), count])
    // cos(0), cos(angle), cos(angle - half pi)
    const angles = layers.node('Sub', [
      layers.multiply(share, graph.floats('turns', [1, 3], [0, 2 * Math.PI, 2 * Math.PI])),
      graph.floats('quarter', [1, 3], [0, 0, Math.PI / 2]),
    ])
    const hasMore = layers.node('Min', [
      layers.node('Sub', [count, graph.floats('one', [], [1])]),
      graph.floats('one', [], [1]),
    ])
    const base = layers.multiply(
      layers.node('Cos', [angles]),
      layers.node('Max', [graph.floats('first', [1, 3], [1, 0, 0]), hasMore]),
    )
    this.#bases.set(key, base)
    return base
  }
}
