/** @file FrameInterpolationModelLoader: opens a file of `models/frame_interpolation` and recognizes RIFE. */
import { requireFrameInterpolator } from '../../models/interpolation/interpolate-frames.ts'
import { defineNode, input } from '../define.ts'
import { listModelFiles, modelFileMark, openChosenModel } from './model-input.ts'

const folder = 'frame_interpolation'

export const frameInterpolationModelLoader = defineNode({
  classType: 'FrameInterpolationModelLoader',
  displayName: 'Load Frame Interpolation Model',
  category: 'model/loaders',
  description: 'Opens a frame interpolation model: RIFE 4, as ncnn network (.param with its .bin) or ONNX file.',
  inputs: {
    model_name: input.combo((environment) => listModelFiles(folder, environment), {
      tooltip: 'A file of models/frame_interpolation',
    }),
  },
  outputs: [{ type: 'INTERP_MODEL' }],
  changeMark: (inputs, environment) => modelFileMark(folder, inputs.model_name, environment),
  async execute({ model_name: name }, context) {
    return [requireFrameInterpolator(await openChosenModel(folder, name, context), name)]
  },
})
