/** @file LoadImage: a picture of the input directory. Its change mark is the file's content, so a replaced file runs again. */
import { decodePicture } from '../../images/decode.ts'
import { defineNode, input } from '../define.ts'
import { inputFileCheck, inputFileMark, requireInputFile } from '../input-file.ts'

export const imageFileInput = input.combo((environment) => environment.listInputFiles(['image']), {
  image_upload: true,
})

export const loadImage = defineNode({
  classType: 'LoadImage',
  displayName: 'Load Image',
  description: 'Loads a picture; its transparency comes out as a mask.',
  category: 'image',
  searchAliases: ['open image', 'import image', 'read image'],
  inputs: { image: imageFileInput },
  outputs: [{ type: 'IMAGE' }, { type: 'MASK' }],
  validate: inputFileCheck('image', 'image'),
  changeMark: inputFileMark('image', 'image'),
  async execute({ image }, context) {
    const { image: picture, mask } = await decodePicture(await requireInputFile(image, 'image', context), image)
    return [picture, mask]
  },
})
