/** @file The nodes that change conditionings: what they compute is in `engine/models/text/conditioning.ts`. */
import {
  average,
  combine,
  concat,
  setArea,
  setAreaFraction,
  setAreaStrength,
  setMask,
  setTimestepRange,
  zeroOut,
} from '../../models/text/conditioning.ts'
import type { MaskTensor } from '../../tensor.ts'
import { defineNode, input, NodeError } from '../define.ts'
import { link } from '../diffusion-links.ts'
import { maxResolution } from '../limits.ts'

const outputs = [{ type: 'CONDITIONING' }] as const
const strength = () => input.float({ default: 1, min: 0, max: 10, step: 0.01 })
const share = (value: number) => input.float({ default: value, min: 0, max: 1, step: 0.01 })
const size = (value: number) => input.int({ default: value, min: 64, max: maxResolution, step: 8 })
const place = () => input.int({ default: 0, min: 0, max: maxResolution, step: 8 })
const point = (value: number) => input.float({ default: value, min: 0, max: 1, step: 0.001 })

/** Encodings that do not fit together are the person's to change, so they are told as errors of the node. */
function fitting<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) throw new NodeError(`${error.message}: are they of different models?`)
    throw error
  }
}

export const conditioningNodes = [
  defineNode({
    classType: 'ConditioningCombine',
    displayName: 'Conditioning (Combine)',
    category: 'conditioning',
    description: 'Both count: what the model predicts for each is averaged.',
    inputs: { conditioning_1: link.conditioning(), conditioning_2: link.conditioning() },
    outputs,
    execute: ({ conditioning_1, conditioning_2 }) => [combine(conditioning_1, conditioning_2)],
  }),
  defineNode({
    classType: 'ConditioningAverage',
    displayName: 'Conditioning (Average)',
    category: 'conditioning',
    description: 'One encoding between two.',
    inputs: {
      conditioning_to: link.conditioning(),
      conditioning_from: link.conditioning(),
      conditioning_to_strength: share(1),
    },
    outputs,
    execute: ({ conditioning_to, conditioning_from, conditioning_to_strength }) => [
      fitting(() => average(conditioning_to, conditioning_from, conditioning_to_strength)),
    ],
  }),
  defineNode({
    classType: 'ConditioningConcat',
    displayName: 'Conditioning (Concat)',
    category: 'conditioning',
    description: 'One long text of two.',
    inputs: { conditioning_to: link.conditioning(), conditioning_from: link.conditioning() },
    outputs,
    execute: ({ conditioning_to, conditioning_from }) => [fitting(() => concat(conditioning_to, conditioning_from))],
  }),
  defineNode({
    classType: 'ConditioningSetArea',
    displayName: 'Conditioning (Set Area)',
    category: 'conditioning',
    description: 'Counts in a rectangle of the picture only.',
    inputs: {
      conditioning: link.conditioning(),
      width: size(64),
      height: size(64),
      x: place(),
      y: place(),
      strength: strength(),
    },
    outputs,
    execute: ({ conditioning, strength: weight, ...area }) => [setArea(conditioning, area, weight)],
  }),
  defineNode({
    classType: 'ConditioningSetAreaPercentage',
    displayName: 'Conditioning (Set Area with Percentage)',
    category: 'conditioning',
    inputs: {
      conditioning: link.conditioning(),
      width: share(1),
      height: share(1),
      x: share(0),
      y: share(0),
      strength: strength(),
    },
    outputs,
    execute: ({ conditioning, strength: weight, ...area }) => [setAreaFraction(conditioning, area, weight)],
  }),
  defineNode({
    classType: 'ConditioningSetAreaStrength',
    category: 'conditioning',
    inputs: { conditioning: link.conditioning(), strength: strength() },
    outputs,
    execute: ({ conditioning, strength: weight }) => [setAreaStrength(conditioning, weight)],
  }),
  defineNode({
    classType: 'ConditioningSetMask',
    displayName: 'Conditioning (Set Mask)',
    category: 'conditioning',
    description: 'Counts where the mask is.',
    inputs: {
      conditioning: link.conditioning(),
      mask: input.link<MaskTensor>('MASK'),
      strength: strength(),
      set_cond_area: input.combo(['default', 'mask bounds']),
    },
    outputs,
    execute: ({ conditioning, mask, strength: weight, set_cond_area }) => [
      setMask(conditioning, mask, { strength: weight, setAreaToBounds: set_cond_area !== 'default' }),
    ],
  }),
  defineNode({
    classType: 'ConditioningSetTimestepRange',
    category: 'advanced/conditioning',
    description: 'Counts in a part of the sampling only: 0 is its beginning, 1 its end.',
    inputs: { conditioning: link.conditioning(), start: point(0), end: point(1) },
    outputs,
    execute: ({ conditioning, start, end }) => [setTimestepRange(conditioning, start, end)],
  }),
  defineNode({
    classType: 'ConditioningZeroOut',
    category: 'advanced/conditioning',
    description: 'Says nothing at all.',
    inputs: { conditioning: link.conditioning() },
    outputs,
    execute: ({ conditioning }) => [zeroOut(conditioning)],
  }),
]
