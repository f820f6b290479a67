/** @file ControlNetLoader: a ControlNet or T2I-Adapter, whichever the file turns out to be. */
import { openControl } from '../../models/diffusion/open-diffusion.ts'
import { defineNode, input } from '../define.ts'
import { listWeights, requireModelPath, weightsMark } from './model-path.ts'

const folder = 'controlnet'

export const controlNetLoader = defineNode({
  classType: 'ControlNetLoader',
  displayName: 'Load ControlNet Model',
  category: 'loaders',
  inputs: {
    control_net_name: input.combo((environment) => listWeights(folder, environment), {
      tooltip: 'A file of models/controlnet: a ControlNet or a T2I-Adapter',
    }),
  },
  outputs: [{ type: 'CONTROL_NET' }],
  changeMark: ({ control_net_name }, environment) => weightsMark(folder, [control_net_name], environment),
  execute: async ({ control_net_name: name }, context) => [
    await openControl(context.models, await requireModelPath(folder, name, context)),
  ],
})
