/** @file InvertMask: 1 − mask. */
import type { MaskTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'

export const invertMask = defineNode({
  classType: 'InvertMask',
  displayName: 'Invert Mask',
  category: 'image/mask',
  searchAliases: ['reverse mask', 'flip mask'],
  inputs: { mask: input.link<MaskTensor>('MASK') },
  outputs: [{ type: 'MASK' }],
  execute: ({ mask }) => [{ data: mask.data.map((value) => 1 - value), shape: mask.shape }],
})
