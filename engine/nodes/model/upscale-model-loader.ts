/** @file UpscaleModelLoader: opens a file of `models/upscale_models` and learns its scale. */
import { probeUpscaler } from '../../models/upscale/probe-upscaler.ts'
import { defineNode, input } from '../define.ts'
import { listModelFiles, modelFileMark, openChosenModel } from './model-input.ts'

const folder = 'upscale_models'

export const upscaleModelLoader = defineNode({
  classType: 'UpscaleModelLoader',
  displayName: 'Load Upscale Model',
  category: 'model/loaders',
  description: 'Opens an upscale model: an ONNX file, or an ncnn network (.param with its .bin).',
  inputs: {
    model_name: input.combo((environment) => listModelFiles(folder, environment), {
      tooltip: 'A file of models/upscale_models',
    }),
  },
  outputs: [{ type: 'UPSCALE_MODEL' }],
  changeMark: (inputs, environment) => modelFileMark(folder, inputs.model_name, environment),
  async execute({ model_name: name }, context) {
    return [await probeUpscaler(await openChosenModel(folder, name, context), name)]
  },
})
