/** @file MaskComposite: one mask combined with another at a place; outside the overlap the first stays. */
import { requireBroadcast } from '../../images/batch.ts'
import { roundHalfEven } from '../../images/round-half-even.ts'
import type { MaskTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { maxResolution } from '../limits.ts'

/** The logical ones look at the rounded values (0.5 is 0). */
const operations: Record<string, (destination: number, source: number) => number> = {
  multiply: (a, b) => a * b,
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  and: (a, b) => Number(isOn(a) && isOn(b)),
  or: (a, b) => Number(isOn(a) || isOn(b)),
  xor: (a, b) => Number(isOn(a) !== isOn(b)),
}

export const maskComposite = defineNode({
  classType: 'MaskComposite',
  displayName: 'Combine Masks',
  category: 'image/mask',
  searchAliases: ['combine masks', 'blend masks', 'layer masks'],
  inputs: {
    destination: input.link<MaskTensor>('MASK'),
    source: input.link<MaskTensor>('MASK'),
    x: input.int({ default: 0, min: 0, max: maxResolution, step: 1 }),
    y: input.int({ default: 0, min: 0, max: maxResolution, step: 1 }),
    operation: input.combo(Object.keys(operations)),
  },
  outputs: [{ type: 'MASK' }],
  execute({ destination, source, x, y, operation }) {
    const [batch, height, width] = destination.shape
    const [sourceBatch, sourceHeight, sourceWidth] = source.shape
    requireBroadcast(batch, sourceBatch, 'source')
    const combine = operations[operation]!
    const data = new Float32Array(destination.data)
    const endY = Math.min(height, y + sourceHeight)
    const endX = Math.min(width, x + sourceWidth)
    for (let b = 0; b < batch; b++) {
      const sourceBase = (b % sourceBatch) * sourceHeight * sourceWidth
      for (let row = y; row < endY; row++) {
        for (let column = x; column < endX; column++) {
          const at = (b * height + row) * width + column
          const from = sourceBase + (row - y) * sourceWidth + column - x
          data[at] = combine(destination.data[at]!, source.data[from]!)
        }
      }
    }
    return [{ data: data.map((value) => Math.min(1, Math.max(0, value))), shape: destination.shape }]
  },
})

function isOn(value: number): boolean {
  return roundHalfEven(value) !== 0
}
