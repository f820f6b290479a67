/**
 * @file Reads ncnn's `.param`: the text that lists a network's layers. Judges the form (counts, names, numbers);
 * what a layer kind means is in `layers/`.
 * @see https://github.com/Tencent/ncnn/wiki/param-and-model-file-structure
 */
import { NodeError } from '../../nodes/define.ts'

/** First line of every text `.param` since 2017. */
export const ncnnMagic = '7767517'

/** Far above any network this engine runs (RIFE has 215 layers), far below what would hurt. */
const maxLayers = 20_000
const maxBlobsPerLayer = 1024
const maxArrayLength = 1024

/** A value of a layer parameter: a number, or a list of numbers. */
export type NcnnParameter = number | readonly number[]

export interface NcnnLayer {
  /** Position in the file, from 1, for messages. */
  position: number
  type: string
  name: string
  inputs: readonly string[]
  outputs: readonly string[]
  parameters: ReadonlyMap<number, NcnnParameter>
}

/**
 * Reads the layers in file order, which is the order in which they run.
 * @param fileName - for messages
 * @throws NodeError when the text is not a `.param`, its counts do not add up, or a layer reads a blob that no earlier
 * layer makes
 */
export function parseParamFile(source: string, fileName: string): NcnnLayer[] {
  const fail = (reason: string): never => {
    throw new NodeError(`${fileName} is damaged: ${reason}`)
  }
  const lines = source
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (lines[0] !== ncnnMagic) fail(`its first line should be ${ncnnMagic}`)
  const counts = (lines[1] ?? '').split(/\s+/).map(Number)
  const [layerCount, blobCount] = counts
  if (counts.length !== 2 || !isCount(layerCount) || !isCount(blobCount)) {
    return fail('its second line should hold the numbers of layers and blobs')
  }
  if (layerCount > maxLayers) fail(`it announces ${layerCount} layers, more than any network has`)
  if (lines.length - 2 !== layerCount) fail(`it announces ${layerCount} layers and holds ${lines.length - 2}`)

  const blobs = new Set<string>()
  const layers = lines.slice(2).map((line, index) => {
    const layer = parseLayer(line, index + 1, fail)
    for (const input of layer.inputs) {
      if (!blobs.has(input)) fail(`layer ${layer.position} (${layer.name}) reads "${input}", which nothing makes`)
    }
    for (const output of layer.outputs) {
      if (blobs.has(output)) fail(`layer ${layer.position} (${layer.name}) makes "${output}" a second time`)
      blobs.add(output)
    }
    return layer
  })
  if (blobs.size !== blobCount) fail(`it announces ${blobCount} blobs and names ${blobs.size}`)
  return layers
}

/** One line: type, name, number of inputs, number of outputs, the blobs, then `key=value` parameters. */
function parseLayer(line: string, position: number, fail: (reason: string) => never): NcnnLayer {
  const words = line.split(/\s+/)
  const [type = '', name = ''] = words
  const inputCount = Number(words[2])
  const outputCount = Number(words[3])
  if (!isCount(inputCount) || !isCount(outputCount) || inputCount + outputCount > maxBlobsPerLayer) {
    return fail(`layer ${position} does not say how many blobs it reads and makes`)
  }
  const blobsEnd = 4 + inputCount + outputCount
  const blobs = words.slice(4, blobsEnd)
  if (blobs.length !== inputCount + outputCount || blobs.some((blob) => blob.includes('=') || blob.startsWith('~'))) {
    return fail(`layer ${position} (${name}) names fewer blobs than it announces`)
  }
  const parameters = new Map<number, NcnnParameter>()
  for (const word of words.slice(blobsEnd)) {
    const [key, value] = parseParameter(word) ?? fail(`layer ${position} (${name}) has the parameter "${word}"`)
    parameters.set(key, value)
  }
  return { position, type, name, inputs: blobs.slice(0, inputCount), outputs: blobs.slice(inputCount), parameters }
}

/** `3=2`, or a list as `-23310=2,0.5,1` (key -23300 - 10, the length first). */
function parseParameter(word: string): [number, NcnnParameter] | null {
  const match = /^(-?\d{1,6})=([-+0-9.eE,]+)$/.exec(word)
  if (!match) return null
  const key = Number(match[1])
  const values = match[2]!.split(',').map((item) => (item === '' ? Number.NaN : Number(item)))
  if (values.some((value) => !Number.isFinite(value))) return null
  if (key > -23300) return values.length === 1 && key >= 0 ? [key, values[0]!] : null
  const [length, ...items] = values
  if (length !== items.length || items.length > maxArrayLength) return null
  return [-key - 23300, items]
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isSafeInteger(value) && value >= 0
}
