/** @file ControlNetApply and ControlNetApplyAdvanced: a picture whose lines, depth or pose the result should follow. */
import type { ControlChain } from '../../models/diffusion/control/control-chain.ts'
import type { Conditioning } from '../../models/text/conditioning.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input } from '../define.ts'
import { link } from '../diffusion-links.ts'

const strengthInput = () => input.float({ default: 1, min: 0, max: 10, step: 0.01 })
const percent = (value: number) => input.float({ default: value, min: 0, max: 1, step: 0.001 })

/** Entries that came from one share what they add, so that its networks see the picture once for both texts' sake. */
function withControl(
  conditionings: readonly Conditioning[],
  control: Omit<ControlChain, 'previous'>,
  controlsAll: boolean,
): Conditioning[] {
  const links = new Map<ControlChain | null, ControlChain>()
  return conditionings.map((conditioning) =>
    conditioning.map((entry) => {
      const previous = entry.options.control ?? null
      const link = links.get(previous) ?? { ...control, previous }
      links.set(previous, link)
      return { ...entry, options: { ...entry.options, control: link, controlsAll } }
    }),
  )
}

export const controlNetApply = defineNode({
  classType: 'ControlNetApply',
  displayName: 'Apply ControlNet (OLD)',
  category: 'conditioning/controlnet',
  deprecated: true,
  inputs: {
    conditioning: link.conditioning(),
    control_net: link.controlNet(),
    image: input.link<ImageTensor>('IMAGE'),
    strength: strengthInput(),
  },
  outputs: [{ type: 'CONDITIONING' }],
  execute({ conditioning, control_net, image, strength }) {
    if (strength === 0) return [conditioning]
    return withControl([conditioning], { network: control_net, hint: image, strength, start: 0, end: 1 }, true)
  },
})

export const controlNetApplyAdvanced = defineNode({
  classType: 'ControlNetApplyAdvanced',
  displayName: 'Apply ControlNet',
  category: 'conditioning/controlnet',
  description: 'The result follows a picture: lines, depth, a pose, whatever the ControlNet was made for.',
  inputs: {
    positive: link.conditioning(),
    negative: link.conditioning(),
    control_net: link.controlNet(),
    image: input.link<ImageTensor>('IMAGE'),
    strength: strengthInput(),
    start_percent: percent(0),
    end_percent: percent(1),
    vae: input.optional(link.vae({ tooltip: 'Not needed by the ControlNets that are supported' })),
  },
  outputs: [
    { type: 'CONDITIONING', name: 'positive' },
    { type: 'CONDITIONING', name: 'negative' },
  ],
  execute({ positive, negative, control_net, image, strength, start_percent, end_percent }) {
    if (strength === 0) return [positive, negative]
    const control = { network: control_net, hint: image, strength, start: start_percent, end: end_percent }
    return withControl([positive, negative], control, false)
  },
})
