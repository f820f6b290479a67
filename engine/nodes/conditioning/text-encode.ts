/** @file The nodes that turn texts into conditionings. */
import type { Clip, PromptTexts } from '../../models/text/clip.ts'
import type { Conditioning, ConditioningOptions } from '../../models/text/conditioning.ts'
import { defineNode, input, type NodeContext } from '../define.ts'
import { link } from '../diffusion-links.ts'
import { maxResolution } from '../limits.ts'

const outputs = [{ type: 'CONDITIONING' }] as const
const text = () =>
  input.string({
    multiline: true,
    dynamicPrompts: true,
    tooltip: 'The text; (this:1.3) weighs more, embedding:name stands for a file',
  })
const pixels = (value: number) => input.int({ default: value, min: 0, max: maxResolution })

async function encode(
  clip: Clip,
  prompt: string | PromptTexts,
  context: NodeContext,
  options: ConditioningOptions = {},
): Promise<[Conditioning]> {
  const entry = await clip.encode(prompt, {
    signal: context.signal,
    folders: context,
    warn: (message) => context.sendText(message),
  })
  return [[{ ...entry, options: { ...entry.options, ...options } }]]
}

export const clipTextEncode = defineNode({
  classType: 'CLIPTextEncode',
  displayName: 'CLIP Text Encode (Prompt)',
  category: 'conditioning',
  description: 'Turns a text into what a model can be guided by.',
  inputs: { text: text(), clip: link.clip() },
  outputs,
  execute: ({ clip, text: prompt }, context) => encode(clip, prompt, context),
})

export const clipTextEncodeSdxl = defineNode({
  classType: 'CLIPTextEncodeSDXL',
  category: 'advanced/conditioning',
  description: "A text for each of SDXL's encoders, and what the picture's size and cut are said to be.",
  inputs: {
    clip: link.clip(),
    width: pixels(1024),
    height: pixels(1024),
    crop_w: pixels(0),
    crop_h: pixels(0),
    target_width: pixels(1024),
    target_height: pixels(1024),
    text_g: text(),
    text_l: text(),
  },
  outputs,
  execute: ({ clip, text_g, text_l, ...size }, context) =>
    encode(clip, { clip_g: text_g, clip_l: text_l }, context, {
      size: {
        width: size.width,
        height: size.height,
        cropWidth: size.crop_w,
        cropHeight: size.crop_h,
        targetWidth: size.target_width,
        targetHeight: size.target_height,
      },
    }),
})

export const clipTextEncodeSdxlRefiner = defineNode({
  classType: 'CLIPTextEncodeSDXLRefiner',
  category: 'advanced/conditioning',
  inputs: {
    ascore: input.float({ default: 6, min: 0, max: 1000, step: 0.01 }),
    width: pixels(1024),
    height: pixels(1024),
    text: text(),
    clip: link.clip(),
  },
  outputs,
  execute: ({ clip, text: prompt, ascore, width, height }, context) =>
    encode(clip, prompt, context, { aestheticScore: ascore, size: { width, height } }),
})

export const clipSetLastLayer = defineNode({
  classType: 'CLIPSetLastLayer',
  displayName: 'CLIP Set Last Layer',
  category: 'conditioning',
  description: 'Which layer of the text encoder speaks: -1 the last, -2 the one before ("clip skip 2").',
  inputs: {
    clip: link.clip(),
    stop_at_clip_layer: input.int({ default: -1, min: -24, max: -1, step: 1, advanced: true }),
  },
  outputs: [{ type: 'CLIP' }],
  execute: ({ clip, stop_at_clip_layer }) => [clip.withLayer(stop_at_clip_layer)],
})
