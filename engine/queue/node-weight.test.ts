import { describe, expect, it } from 'vitest'
import type { Prompt } from '#contracts/comfy/prompt'
import { nodeWeight } from './node-weight.ts'

/** ComfyUI's first graph, with what the test changes. */
function textToImage({ steps = 20 as unknown, width = 512, height = 512, batch = 1 } = {}): Prompt {
  return {
    3: {
      class_type: 'KSampler',
      inputs: { steps, model: ['4', 0], positive: ['6', 0], negative: ['7', 0], latent_image: ['5', 0] },
    },
    4: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'sd.safetensors' } },
    5: { class_type: 'EmptyLatentImage', inputs: { width, height, batch_size: batch } },
    6: { class_type: 'CLIPTextEncode', inputs: { text: 'a cat', clip: ['4', 1] } },
    7: { class_type: 'CLIPTextEncode', inputs: { text: '', clip: ['4', 1] } },
    8: { class_type: 'VAEDecode', inputs: { samples: ['3', 0], vae: ['4', 2] } },
    9: { class_type: 'SaveImage', inputs: { images: ['8', 0] } },
  }
}

/** Per cent of the whole graph that these nodes are. */
function share(prompt: Prompt, ...ids: readonly string[]): number {
  const sum = (of: readonly string[]) => of.reduce((total, id) => total + nodeWeight(prompt, id), 0)
  return Math.round((sum(ids) / sum(Object.keys(prompt))) * 100)
}

describe('of a text-to-image run', () => {
  it('nearly all is the sampler, and what comes before its first step next to nothing', () => {
    expect(share(textToImage(), '3')).toBe(93)
    expect(share(textToImage(), '4', '5', '6', '7')).toBe(2)
    expect(share(textToImage({ steps: 4 }), '3')).toBe(74)
  })

  it('a step weighs what its latent does; decoding too', () => {
    const [small, large] = [textToImage(), textToImage({ width: 1024, height: 1024, batch: 2 })]
    for (const id of ['3', '8']) expect(nodeWeight(large, id)).toBe(8 * nodeWeight(small, id))
  })

  it('a second pass over an enlarged latent weighs by its size', () => {
    const prompt = textToImage()
    prompt[10] = { class_type: 'LatentUpscaleBy', inputs: { samples: ['3', 0], scale_by: 2 } }
    prompt[11] = { class_type: 'KSampler', inputs: { ...prompt[3]!.inputs, steps: 10, latent_image: ['10', 0] } }
    expect(nodeWeight(prompt, '11')).toBe(2 * nodeWeight(prompt, '3'))
  })
})

describe('the steps of a sampler', () => {
  const usual = nodeWeight(textToImage(), '3')

  it('are those between its start and its end', () => {
    const prompt = textToImage()
    Object.assign(prompt[3]!.inputs, { start_at_step: 5, end_at_step: 10000 })
    expect(nodeWeight(prompt, '3')).toBe(usual * (15 / 20))
    Object.assign(prompt[3]!.inputs, { start_at_step: 30 })
    expect(nodeWeight(prompt, '3')).toBe(1)
  })

  it('are those of the schedule it is given, however that is cut', () => {
    const prompt = textToImage()
    prompt[3] = { class_type: 'SamplerCustomAdvanced', inputs: { sigmas: ['11', 0], latent_image: ['5', 0] } }
    prompt[10] = { class_type: 'BasicScheduler', inputs: { steps: 20, model: ['4', 0] } }
    prompt[11] = { class_type: 'FlipSigmas', inputs: { sigmas: ['10', 0] } }
    expect(nodeWeight(prompt, '3')).toBe(usual)
    expect(nodeWeight(prompt, '10')).toBe(1)
  })

  it('may come from a node that holds the number, or as text', () => {
    const prompt = textToImage({ steps: ['10', 0] })
    prompt[10] = { class_type: 'PrimitiveInt', inputs: { value: 20 } }
    expect(nodeWeight(prompt, '3')).toBe(usual)
    expect(nodeWeight(textToImage({ steps: '20' }), '3')).toBe(usual)
  })
})

it('a model that works on pictures weighs as a step does; one that is only changed or applied does not', () => {
  const prompt: Prompt = {
    1: { class_type: 'UpscaleModelLoader', inputs: {} },
    2: { class_type: 'ImageUpscaleWithModel', inputs: { upscale_model: ['1', 0], image: ['9', 0] } },
    3: { class_type: 'CheckpointLoaderSimple', inputs: {} },
    4: { class_type: 'LoraLoader', inputs: { model: ['3', 0], clip: ['3', 1] } },
    5: { class_type: 'ControlNetLoader', inputs: {} },
    6: { class_type: 'ControlNetApplyAdvanced', inputs: { control_net: ['5', 0], image: ['9', 0] } },
    9: { class_type: 'LoadImage', inputs: {} },
  }
  expect(nodeWeight(prompt, '2')).toBe(nodeWeight(textToImage({ steps: 1 }), '3'))
  for (const id of ['1', '3', '4', '5', '6', '9']) expect(nodeWeight(prompt, id)).toBe(1)
})

it('is told for graphs that make no sense: circles, links to nowhere, names of objects', () => {
  const prompt: Prompt = {
    1: { class_type: 'KSampler', inputs: { steps: 2, latent_image: ['2', 0] } },
    2: { class_type: 'LatentUpscaleBy', inputs: { samples: ['2', 0], scale_by: 1 } },
    3: { class_type: 'VAEDecode', inputs: { samples: ['none', 0], vae: ['toString', 0] } },
  }
  for (const id of ['1', '2', '3', 'none', 'toString']) expect(nodeWeight(prompt, id)).toBeGreaterThanOrEqual(1)
})
