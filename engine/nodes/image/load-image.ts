/** @file LoadImage: a picture of the input directory. Its change mark is the file's content, so a replaced file runs again. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { decodePicture } from '../../images/decode.ts'
import { defineNode, input, type NodeEnvironment, NodeError } from '../define.ts'

export const imageFileInput = input.combo((environment) => environment.listInputFiles(['image']), {
  image_upload: true,
})

/** Judges the name of a picture, in ComfyUI's words. A linked name is judged when it is used. */
export const imageFileCheck = {
  names: ['image'],
  check: async ({ image }: Record<string, unknown>, environment: NodeEnvironment): Promise<true | string> => {
    if (image === null || image === undefined) return true
    const path = typeof image === 'string' ? await environment.findAnnotatedFile(image) : null
    return path ? true : `Invalid image file: ${String(image)}`
  },
}

/** SHA-256 of the file, in hex. @throws when there is no such file, which counts as "always changed" */
export async function imageFileMark({ image }: Record<string, unknown>, environment: NodeEnvironment): Promise<string> {
  const path = await requireImageFile(String(image), environment)
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** @throws NodeError (`FileNotFoundError`) when the name points at no file */
export async function requireImageFile(name: string, environment: NodeEnvironment): Promise<string> {
  const path = await environment.findAnnotatedFile(name)
  if (!path) throw new NodeError(`Invalid image file: ${name}`, 'FileNotFoundError')
  return path
}

export const loadImage = defineNode({
  classType: 'LoadImage',
  displayName: 'Load Image',
  description: 'Loads a picture; its transparency comes out as a mask.',
  category: 'image',
  searchAliases: ['open image', 'import image', 'read image'],
  inputs: { image: imageFileInput },
  outputs: [{ type: 'IMAGE' }, { type: 'MASK' }],
  validate: imageFileCheck,
  changeMark: imageFileMark,
  async execute({ image }, context) {
    const { image: picture, mask } = await decodePicture(await requireImageFile(image, context), image)
    return [picture, mask]
  },
})
