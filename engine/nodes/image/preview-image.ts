/** @file PreviewImage: pictures to look at on the way; written fast, kept among the job's previews. */
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { savePictures } from './save-image.ts'

export const previewImage = defineNode({
  classType: 'PreviewImage',
  displayName: 'Preview Image',
  description: 'Shows the pictures without saving them to the output directory.',
  category: 'image',
  isOutputNode: true,
  searchAliases: ['preview', 'show image', 'view image'],
  inputs: { images: input.link<ImageTensor>('IMAGE') },
  hidden: { prompt: 'PROMPT', extra_pnginfo: 'EXTRA_PNGINFO' },
  outputs: [],
  async execute({ images }, context) {
    return { ui: { images: await savePictures(images, 'ComfyUI', 'temp', context) } }
  },
})
