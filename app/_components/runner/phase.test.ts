import { describe, expect, it } from 'vitest'
import { phaseOf } from './phase.ts'

describe('what a node does', () => {
  const prompt = {
    a: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'sd/small.safetensors' } },
    b: { class_type: 'LoadImage', inputs: { image: 'cat.png' } },
    c: { class_type: 'KSampler', inputs: { seed: 1 } },
    d: { class_type: 'LoadBackgroundRemovalModel', inputs: { bg_removal_name: 'isnet.onnx' } },
  }

  it('is loading a model for loaders, with the name of the file', () => {
    expect(phaseOf(prompt, 'a')).toBe('sd/small.safetensors')
    expect(phaseOf(prompt, 'd')).toBe('isnet.onnx')
  })

  it('is its own work for everything else, and for nodes that the graph does not have', () => {
    for (const node of ['b', 'c', 'x', '__proto__']) expect(phaseOf(prompt, node)).toBeNull()
  })
})
