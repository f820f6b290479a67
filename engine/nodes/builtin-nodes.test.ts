import { describe, expect, it } from 'vitest'
import type { AnyNode } from './define.ts'
import { builtinNodes } from './index.ts'

/** `Class(required inputs, [optional inputs]) -> outputs`, in order, as ComfyUI's prompts spell them. */
const signatures = `
LoadImage(image) -> IMAGE, MASK
LoadImageMask(image, channel) -> MASK
SaveImage(images, filename_prefix) ->
PreviewImage(images) ->
SaveImageWebsocket(images) ->
SaveAnimatedWEBP(images, filename_prefix, fps, lossless, quality, method) ->
EmptyImage(width, height, batch_size, color) -> IMAGE
GetImageSize(image) -> INT, INT, INT
ImageScale(image, upscale_method, width, height, crop) -> IMAGE
ImageScaleBy(image, upscale_method, scale_by) -> IMAGE
ImageScaleToTotalPixels(image, upscale_method, megapixels, resolution_steps) -> IMAGE
ImageCrop(image, width, height, x, y) -> IMAGE
ImageFlip(image, flip_method) -> IMAGE
ImageRotate(image, rotation) -> IMAGE
ImageStitch(image1, direction, match_image_size, spacing_width, spacing_color, [image2]) -> IMAGE
ImagePadForOutpaint(image, left, top, right, bottom, feathering) -> IMAGE, MASK
ImageInvert(image) -> IMAGE
ImageBlend(image1, image2, blend_factor, blend_mode) -> IMAGE
ImageBlur(image, blur_radius, sigma) -> IMAGE
ImageSharpen(image, sharpen_radius, sigma, alpha) -> IMAGE
ImageQuantize(image, colors, dither) -> IMAGE
ImageBatch(image1, image2) -> IMAGE
RepeatImageBatch(image, amount) -> IMAGE
ImageFromBatch(image, batch_index, length) -> IMAGE
ImageCompositeMasked(destination, source, x, y, resize_source, [mask]) -> IMAGE
SplitImageWithAlpha(image) -> IMAGE, MASK
JoinImageWithAlpha(image, alpha) -> IMAGE
SolidMask(value, width, height) -> MASK
InvertMask(mask) -> MASK
GrowMask(mask, expand, tapered_corners) -> MASK
FeatherMask(mask, left, top, right, bottom) -> MASK
ThresholdMask(mask, value) -> MASK
MaskComposite(destination, source, x, y, operation) -> MASK
CropMask(mask, x, y, width, height) -> MASK
MaskToImage(mask) -> IMAGE
ImageToMask(image, channel) -> MASK
LoadVideo(file) -> VIDEO
GetVideoComponents(video) -> IMAGE, AUDIO, FLOAT
CreateVideo(images, fps, [audio]) -> VIDEO
SaveVideo(video, filename_prefix, format, codec) ->
SaveWEBM(images, filename_prefix, codec, fps, crf) ->
PrimitiveInt(value) -> INT
PrimitiveFloat(value) -> FLOAT
PrimitiveString(value) -> STRING
PrimitiveStringMultiline(value) -> STRING
PrimitiveBoolean(value) -> BOOLEAN
PreviewAny(source) ->
UpscaleModelLoader(model_name) -> UPSCALE_MODEL
ImageUpscaleWithModel(upscale_model, image) -> IMAGE
LoadBackgroundRemovalModel(bg_removal_name) -> BACKGROUND_REMOVAL
FrameInterpolationModelLoader(model_name) -> INTERP_MODEL
FrameInterpolate(interp_model, images, multiplier) -> IMAGE`

function signatureOf({ classType, inputs, outputs }: AnyNode): string {
  const names = Object.entries(inputs as Record<string, { optional?: boolean }>).map(([name, { optional }]) =>
    optional ? `[${name}]` : name,
  )
  return `${classType}(${names.join(', ')}) -> ${outputs.map(({ type }) => type).join(', ')}`.trim()
}

it.each(signatures.trim().split('\n'))('%s', (signature) => {
  expect(builtinNodes.map(signatureOf)).toContain(signature.trim())
})

describe.each(builtinNodes.map((node) => ({ name: node.classType, node })))('$name', ({ node }) => {
  it('declares defaults that lie within its own ranges', () => {
    for (const { type, options } of Object.values(node.inputs as AnyNode['inputs']) as never as {
      type: string
      options: { default?: number; min?: number; max?: number }
    }[]) {
      if (type !== 'INT' && type !== 'FLOAT') continue
      expect(options.default).toBeGreaterThanOrEqual(options.min ?? Number.NEGATIVE_INFINITY)
      expect(options.default).toBeLessThanOrEqual(options.max ?? Number.POSITIVE_INFINITY)
    }
  })

  it('asks for the graph if it writes files that carry it', () => {
    if (!/^(Save|Preview)/.test(node.classType) || ['SaveImageWebsocket', 'PreviewAny'].includes(node.classType)) return
    expect(node.hidden).toEqual({ prompt: 'PROMPT', extra_pnginfo: 'EXTRA_PNGINFO' })
    expect(node.isOutputNode).toBe(true)
  })
})
