/** @file LoadBackgroundRemovalModel: opens a file of `models/background_removal` and recognizes its network. */
import { requireBackgroundRemover } from '../../models/background/background-remover.ts'
import { defineNode, input } from '../define.ts'
import { listModelFiles, modelFileMark, openChosenModel } from './model-input.ts'

const folder = 'background_removal'

export const loadBackgroundRemovalModel = defineNode({
  classType: 'LoadBackgroundRemovalModel',
  displayName: 'Load Background Removal Model',
  category: 'model/loaders',
  description: 'Opens a background removal model: ISNet, or MediaPipe’s selfie segmentation (people only).',
  inputs: {
    bg_removal_name: input.combo((environment) => listModelFiles(folder, environment), {
      tooltip: 'A file of models/background_removal',
    }),
  },
  outputs: [{ type: 'BACKGROUND_REMOVAL', name: 'bg_model' }],
  changeMark: (inputs, environment) => modelFileMark(folder, inputs.bg_removal_name, environment),
  async execute({ bg_removal_name: name }, context) {
    return [requireBackgroundRemover(await openChosenModel(folder, name, context), name)]
  },
})
