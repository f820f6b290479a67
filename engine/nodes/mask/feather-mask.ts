/** @file FeatherMask: fades a mask out towards its sides, over so many pixels each. */
import type { MaskTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { maxResolution } from '../limits.ts'

const side = () => input.int({ default: 0, min: 0, max: maxResolution, step: 1 })

export const featherMask = defineNode({
  classType: 'FeatherMask',
  displayName: 'Feather Mask',
  category: 'image/mask',
  searchAliases: ['soft edge mask', 'blur mask edges'],
  inputs: { mask: input.link<MaskTensor>('MASK'), left: side(), top: side(), right: side(), bottom: side() },
  outputs: [{ type: 'MASK' }],
  execute({ mask, left, top, right, bottom }) {
    const [, height, width] = mask.shape
    const across = fade(width, left, right)
    const down = fade(height, top, bottom)
    const data = mask.data.map((value, i) => value * across[i % width]! * down[Math.floor(i / width) % height]!)
    return [{ data, shape: mask.shape }]
  },
})

/** Factors along one axis: 1/n, 2/n, … n/n over the first `start` and, from the other end, the last `end` positions. */
function fade(size: number, start: number, end: number): Float64Array {
  const factors = new Float64Array(size).fill(1)
  const first = Math.min(start, size)
  const last = Math.min(end, size)
  for (let i = 0; i < first; i++) factors[i]! *= (i + 1) / first
  for (let i = 0; i < last; i++) factors[size - 1 - i]! *= (i + 1) / last
  return factors
}
