/** @file Pictures: tensors, progress with previews, a batch made with sharp. */
import type { ImageTensor, NodePackApi, PackNode } from 'pod-studio/node-pack'

const colours: Record<string, [number, number, number]> = { red: [1, 0, 0], green: [0, 1, 0], blue: [0, 0, 1] }

export function createPictureNodes({ defineNode, input, images, sharp }: NodePackApi): PackNode[] {
  const tint = defineNode({
    classType: 'ExampleTint',
    description: 'Mixes every picture with a colour.',
    category: 'example/pictures',
    searchAliases: ['colour', 'wash'],
    essentialsCategory: 'Image Tools',
    inputs: {
      image: input.link<ImageTensor>('IMAGE', { tooltip: 'The pictures to tint.' }),
      colour: input.combo(Object.keys(colours), { default: 'red' }),
      strength: input.float({ default: 0.5, min: 0, max: 1, step: 0.05, display: 'slider' }),
    },
    outputs: [{ type: 'IMAGE', name: 'tinted', tooltip: 'As many pictures as came in.' }],
    async execute({ image, colour, strength }, context) {
      const [batch, height, width, channels] = image.shape
      const result = images.allocate(batch, height, width, channels)
      const [red, green, blue] = colours[colour]!
      const values = [red, green, blue, 1]
      const length = height * width * channels
      for (let picture = 0; picture < batch; picture++) {
        for (let at = picture * length; at < (picture + 1) * length; at++) {
          const mix = at % channels === 3 ? 0 : strength
          result.data[at] = image.data[at]! * (1 - mix) + values[at % channels]! * mix
        }
        await context.progress(picture + 1, batch, await images.preview(result, picture))
      }
      return [result]
    },
  })

  const badge = defineNode({
    classType: 'ExampleBadge',
    category: 'example/pictures',
    experimental: true,
    inputs: { label: input.string({ default: 'hello' }) },
    outputs: [{ type: 'IMAGE' }],
    async execute({ label }) {
      const text = label.replace(/[<>&"']/g, '')
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="128" height="32"><rect width="128" height="32" fill="navy"/>
        <text x="8" y="22" fill="white" font-size="16">${text}</text></svg>`
      return [await images.fromSharp(sharp(Buffer.from(svg)).removeAlpha())]
    },
  })

  return [tint, badge]
}
