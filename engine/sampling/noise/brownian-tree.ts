/**
 * @file A Brownian path that can be asked for its increment over any interval, in any order, always with the same answer:
 * torchsde's `BrownianTree`, to the last bit. The path over the whole range is drawn first; halves are then filled in by
 * Brownian bridges, down to a resolution of 1e-6, each with noise from a seed that only depends on its place in the tree.
 * @see Li et al. 2020, "Scalable Gradients for SDEs", arXiv 2001.01328, section 4; torchsde 0.2.6 (Apache-2.0)
 */
import type { Pause } from '../../images/steps.ts'
import { offsetSeed, type Seed } from './mt19937.ts'
import { seedSequence } from './seed-sequence.ts'
import { TorchGenerator } from './torch-generator.ts'

const poolSize = 24
/**
 * Increments kept: a step goes down to the point where the last one ended and to a new one, some 24 levels each, with two
 * halves at every level. Fewer would draw the same noise again.
 */
const keptIncrements = 100

interface TreeNode {
  start: number
  end: number
  /** from 0 at the left of its depth */
  position: bigint
  depth: number
  parent: TreeNode | null
  isLeft: boolean
}

export class BrownianTree {
  readonly #root: TreeNode
  readonly #rootIncrement: Float32Array
  readonly #entropy: bigint
  readonly #length: number
  readonly #pause: Pause | undefined
  /** least recently used first */
  readonly #kept = new Map<string, Float32Array>()

  /**
   * @param seed - all 64 bits matter here
   * @param start - low end of the range, rounded to 6 decimals; @param end - high end
   * @param length - values of one increment
   * @param pause - awaited before each level of the tree, of which a step may need some 24
   */
  constructor(seed: Seed, start: number, end: number, length: number, pause?: Pause) {
    this.#pause = pause
    this.#entropy = offsetSeed(seed, 0)
    this.#length = length
    const [from, to] = [roundTo6(start), roundTo6(end)]
    this.#root = { start: from, end: to, position: 0n, depth: 0, parent: null, isLeft: false }
    const [first] = seedSequence(this.#entropy, [], poolSize, 1)
    // torchsde takes the spread from the range as given, not as rounded.
    const spread = Math.fround(Math.sqrt(end - start))
    this.#rootIncrement = this.#randn(first!).map((value) => value * spread)
  }

  /**
   * The path's increment W(to) - W(from), normal with variance `to - from`.
   * @param from - not above `to`; both are cut to the tree's range
   */
  async increment(from: number, to: number): Promise<Float32Array> {
    if (from === to) return new Float32Array(this.#length)
    const nodes: TreeNode[] = []
    const { start, end } = this.#root
    const inside = (t: number) => roundTo6(Math.min(Math.max(t, start), end))
    this.#cover(this.#root, inside(from), inside(to), nodes)
    if (nodes.length === 0) return new Float32Array(this.#length)
    const total = (await this.#incrementOf(nodes[0]!)).slice()
    for (const node of nodes.slice(1)) {
      const more = await this.#incrementOf(node)
      for (let i = 0; i < total.length; i++) total[i]! += more[i]!
    }
    return total
  }

  /** Collects, from left to right, the fewest nodes that make up the interval. */
  #cover(node: TreeNode, from: number, to: number, nodes: TreeNode[]): void {
    if (from >= to) return
    if (from === node.start && to === node.end) {
      nodes.push(node)
      return
    }
    const middle = middleOf(node)
    if (from < middle) this.#cover(childOf(node, true), from, Math.min(to, middle), nodes)
    if (to > middle) this.#cover(childOf(node, false), Math.max(from, middle), to, nodes)
  }

  async #incrementOf(node: TreeNode): Promise<Float32Array> {
    const { parent } = node
    if (parent === null) return this.#rootIncrement
    const known = this.#recall(keyOf(node))
    if (known !== undefined) return known
    const halves = await this.#bridge(parent)
    // The noise is drawn once for both; the other half is nearly always asked for next.
    this.#remember(keyOf(childOf(parent, true)), halves.left)
    this.#remember(keyOf(childOf(parent, false)), halves.right)
    return node.isLeft ? halves.left : halves.right
  }

  /** A Brownian bridge: how the increment of a node is shared between its halves. */
  async #bridge(node: TreeNode): Promise<{ left: Float32Array; right: Float32Array }> {
    const whole = await this.#incrementOf(node)
    await this.#pause?.()
    const middle = middleOf(node)
    const before = middle - node.start
    const after = node.end - middle
    const perLength = 1 / (node.end - node.start)
    const [seed] = seedSequence(this.#entropy, [node.position, BigInt(node.depth)], poolSize, 1)
    const noise = this.#randn(seed!)

    // Scalars and products are rounded to single precision one by one, as tensors of that type do.
    const f = Math.fround
    const [share, scale, spread] = [f(before), f(perLength), f(Math.sqrt(before * after * perLength))]
    const left = new Float32Array(this.#length)
    const right = new Float32Array(this.#length)
    for (let i = 0; i < left.length; i++) {
      const part = f(f(f(share * whole[i]!) * scale) + f(spread * noise[i]!))
      left[i] = part
      right[i] = whole[i]! - part
    }
    return { left, right }
  }

  #recall(key: string): Float32Array | undefined {
    const known = this.#kept.get(key)
    if (known !== undefined) {
      this.#kept.delete(key)
      this.#kept.set(key, known)
    }
    return known
  }

  #remember(key: string, increment: Float32Array): void {
    this.#kept.delete(key)
    if (this.#kept.size >= keptIncrements) this.#kept.delete(this.#kept.keys().next().value!)
    this.#kept.set(key, increment)
  }

  #randn(seed: number): Float32Array {
    return new TorchGenerator(seed).randn(this.#length)
  }
}

function keyOf(node: TreeNode): string {
  return `${node.depth}:${node.position}`
}

function middleOf(node: TreeNode): number {
  return roundTo6(0.5 * (node.end + node.start))
}

function childOf(node: TreeNode, isLeft: boolean): TreeNode {
  const middle = middleOf(node)
  return {
    start: isLeft ? node.start : middle,
    end: isLeft ? middle : node.end,
    // The root counts as 0 and its children as 0 and 1, so a position is the path written in binary.
    position: node.position * 2n + (isLeft ? 0n : 1n),
    depth: node.depth + 1,
    parent: node,
    isLeft,
  }
}

/** Python's `round(value, 6)`: of the exact value, halves to even (`toFixed` rounds them up). */
function roundTo6(value: number): number {
  const halves = value * 128
  // The only doubles exactly between two 6-digit decimals are odd multiples of 1/128.
  if (Number.isInteger(halves) && halves % 2 !== 0) {
    const low = Math.floor(value * 1e6)
    return (low % 2 === 0 ? low : low + 1) / 1e6
  }
  return Number(value.toFixed(6))
}
