/** @file Workflows that the tasks run beside the shipped ones: one with words in it, and one that is quick. */

const image = (title: string) => ({
  class_type: 'LoadImage',
  inputs: { image: 'chelsea.png' },
  _meta: { title },
})

/** Enlarges a picture and names the result; takes some seconds, with progress. */
export const enlargeAs = {
  name: 'Enlarge and name',
  description: 'Makes a picture twice as large and gives it a name.',
  inputs: [
    { id: 'text', type: 'text', label: 'Name of the result', targets: [{ node: '4', input: 'filename_prefix' }] },
    { id: 'image', type: 'image', label: 'Picture', targets: [{ node: '1', input: 'image' }] },
  ],
  outputs: [{ node: '4', kind: 'final' }],
  prompt: {
    1: image('Read the picture'),
    2: { class_type: 'UpscaleModelLoader', inputs: { model_name: 'waifu2x-cunet-scale2x.param' } },
    3: { class_type: 'ImageUpscaleWithModel', inputs: { upscale_model: ['2', 0], image: ['1', 0] } },
    4: { class_type: 'SaveImage', inputs: { images: ['3', 0], filename_prefix: 'enlarged' } },
  },
}

/** Fast, and its settings are seen in the picture. */
export const soften = {
  name: 'Soften',
  description: 'Blurs a picture.',
  inputs: [
    { id: 'image', type: 'image', label: 'Picture', targets: [{ node: '1', input: 'image' }] },
    {
      ...{ id: 'radius', type: 'int', label: 'Radius', default: 3, min: 1, max: 31 },
      targets: [{ node: '2', input: 'blur_radius' }],
    },
    {
      ...{ id: 'sigma', type: 'float', label: 'Sigma', default: 1, min: 0.1, max: 10 },
      targets: [{ node: '2', input: 'sigma' }],
    },
  ],
  outputs: [{ node: '3', kind: 'final' }],
  prompt: {
    1: image('Read the picture'),
    2: {
      class_type: 'ImageBlur',
      inputs: { image: ['1', 0], blur_radius: 3, sigma: 1 },
      _meta: { title: 'Blur it' },
    },
    3: { class_type: 'SaveImage', inputs: { images: ['2', 0], filename_prefix: 'soft' }, _meta: { title: 'Keep it' } },
  },
}
