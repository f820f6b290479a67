/**
 * @file Turns an ncnn network (`.param` text, `.bin` weights) into an ONNX model in memory. Single precision, free
 * height and width, the network's own names for its inputs and its output. Reads no file.
 */
import { NodeError } from '../../nodes/define.ts'
import { OnnxGraph } from '../onnx/graph-builder.ts'
import { layerKinds } from './layers/index.ts'
import { type Blob, LayerContext } from './layers/layer-context.ts'
import { type NcnnLayer, parseParamFile } from './param-file.ts'
import { WeightReader } from './weight-reader.ts'

export interface NcnnSource {
  param: string
  bin: Uint8Array
  /** For messages. */
  paramName: string
  binName: string
}

/**
 * @returns the bytes of the ONNX model: inputs `[1, channels, height, width]`, one output `[1, channels, ...]`
 * @throws NodeError naming the file when it is damaged, the two do not fit, or a layer kind is not known
 */
export function buildNcnnModel(source: NcnnSource): Uint8Array {
  const layers = parseParamFile(source.param, source.paramName)
  const inputLayers = layers.filter(({ type }) => type === 'Input')
  const last = layers.at(-1)
  if (inputLayers.length === 0 || !last || last.type === 'Input' || last.outputs.length !== 1) {
    throw new NodeError(`${source.paramName} is no network: it needs an Input layer and a last layer with one output`)
  }

  const graph = new OnnxGraph()
  const weights = new WeightReader(source.bin, source.binName)
  const blobs = new Map<string, Blob>()
  const shared = new Map<string, string>()
  for (const layer of layers) {
    const inputs = layer.inputs.map((name) => blobs.get(name)!)
    const context = new LayerContext({ layer, fileName: source.paramName, graph, weights, inputs, shared })
    const blob = layer.type === 'Input' ? addInput(layer, context, inputLayers) : addOperators(layer, context)
    for (const output of layer.outputs) blobs.set(output, blob)
  }
  weights.finish()

  const outputName = last.outputs[0]!
  const { value, shape } = blobs.get(outputName)!
  graph.node('Identity', [value], {}, outputName)
  graph.output(outputName, [1, shape.channels, 'output height', 'output width'])
  return graph.finish()
}

function addInput(layer: NcnnLayer, context: LayerContext, all: readonly NcnnLayer[]): Blob {
  const [name] = layer.outputs
  if (layer.outputs.length !== 1 || name === undefined) return context.fail('should make one blob')
  const channels = context.integer(2, defaultChannels(layer, all), { min: 1, max: 16 })
  context.graph.input(name, [1, channels, 'height', 'width'])
  return context.blob(name, { channels, scaleY: 1, scaleX: 1, isVector: false })
}

/** Most files leave it open. Pictures have 3; of three inputs the last is RIFE's time, a plane. */
function defaultChannels(layer: NcnnLayer, all: readonly NcnnLayer[]): number {
  return all.length === 3 && layer === all[2] ? 1 : 3
}

function addOperators(layer: NcnnLayer, context: LayerContext): Blob {
  if (layer.outputs.length === 0) return context.fail('makes nothing')
  if (layer.outputs.length > 1 && layer.type !== 'Split') return context.fail('makes several blobs')
  const kind = layerKinds.get(layer.type)
  return kind ? kind(context) : context.fail('is of a kind that this engine cannot run')
}
