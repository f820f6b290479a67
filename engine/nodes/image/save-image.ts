/** @file SaveImage: each picture of a batch as a PNG that carries its graph. */
import type { ResultFile } from '#contracts/comfy/messages'
import { pngCompression, writePng } from '../../images/encode-png.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input, type NodeContext } from '../define.ts'
import { embeddedTexts } from '../embedded-texts.ts'

export const saveImage = defineNode({
  classType: 'SaveImage',
  displayName: 'Save Image',
  description: 'Saves the pictures as PNG files in the output directory.',
  category: 'image',
  isOutputNode: true,
  searchAliases: ['save', 'export image', 'write image'],
  inputs: {
    images: input.link<ImageTensor>('IMAGE', { tooltip: 'The images to save.' }),
    filename_prefix: input.string({
      default: 'ComfyUI',
      tooltip: 'How the file names begin; may hold folders and tokens such as %width% or %year%.',
    }),
  },
  hidden: { prompt: 'PROMPT', extra_pnginfo: 'EXTRA_PNGINFO' },
  outputs: [],
  async execute({ images, filename_prefix }, context) {
    return { ui: { images: await savePictures(images, filename_prefix, 'output', context) } }
  },
})

/**
 * Writes every picture of a batch through the job's output writer.
 * @returns the wire triples, in batch order
 */
export async function savePictures(
  images: ImageTensor,
  prefix: string,
  destination: 'output' | 'temp',
  context: NodeContext,
): Promise<ResultFile[]> {
  const [batch, height, width] = images.shape
  const texts = embeddedTexts(context)
  const compression = destination === 'output' ? pngCompression.saved : pngCompression.preview
  const files: ResultFile[] = []
  for (let index = 0; index < batch; index++) {
    context.signal.throwIfAborted()
    files.push(
      await context.outputs.write({
        prefix,
        extension: 'png',
        destination,
        batchIndex: index,
        width,
        height,
        write: (path) => writePng(path, images, index, compression, texts),
      }),
    )
  }
  return files
}
