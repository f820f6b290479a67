/**
 * @file The network of a CLIP text encoder, over the weights of a file in either layout.
 *
 * Inputs: `ids` `[n, 77]`, a token or -1; `vectors` `[n, 77, width]`, what stands where an id is -1; `ends` `[n]`, the
 * place of each text's end token counted over all rows (only for the pooled vector).
 * Outputs: `hidden` `[n, 77, width]`, and `pooled` `[n, projection]`.
 * @see Radford et al. 2021, arXiv 2103.00020, section 2.4
 */
import type { Layers } from '../network/layers.ts'
import { chunkLength } from './chunk-tokens.ts'
import type { ClipArchitecture } from './clip-architecture.ts'
import { type ClipNames, clipModules, clipNames } from './clip-names.ts'

export interface ClipOutputs {
  /** How many layers the hidden states went through. */
  depth: number
  /** Whether the final layer norm follows. */
  finalNorm: boolean
  /** Also the pooled vector: all layers, the final norm, the row of the end token, the projection. */
  pooled: boolean
}

export function buildClipNetwork(layers: Layers, architecture: ClipArchitecture, outputs: ClipOutputs): void {
  const { graph } = layers
  const { width, projection, layout, root } = architecture
  const names = clipNames(layout, root)
  graph.input('ids', ['texts', chunkLength], 'int64')
  graph.input('vectors', ['texts', chunkLength, width])
  const toSequence = (rows: string) => layers.node('Reshape', [rows, layers.integers(-1, chunkLength, width)])

  let rows = embed(layers, architecture, names)
  const depth = outputs.pooled ? architecture.layers : outputs.depth
  let hidden = rows
  for (let index = 0; index < depth; index += 1) {
    rows = block(layers, rows, architecture, index)
    if (index + 1 === outputs.depth) hidden = rows
  }
  if (outputs.finalNorm) hidden = layers.layerNorm(hidden, names.finalNorm, width)
  layers.toOutput(toSequence(hidden), 'hidden')
  graph.output('hidden', ['texts', chunkLength, width])
  if (!outputs.pooled) return

  graph.input('ends', ['texts'], 'int64')
  const ends = layers.node('Gather', [layers.layerNorm(rows, names.finalNorm, width), 'ends'], { axis: 0 })
  layers.toOutput(project(layers, ends, architecture), 'pooled')
  graph.output('pooled', ['texts', projection?.width ?? width])
}

/** Rows of the token table, or the vectors given in their place, plus the positions. */
function embed(layers: Layers, { vocabulary, width }: ClipArchitecture, names: ClipNames): string {
  const ids = layers.node('Max', ['ids', layers.integers(0)])
  const tokens = layers.weights.pick(names.tokens, [vocabulary, width], ids)
  const isVector = layers.node('Unsqueeze', [layers.node('Less', ['ids', layers.integers(0)]), layers.integers(-1)])
  const words = layers.node('Where', [isVector, layers.toPrecision('vectors'), tokens])
  const positions = layers.weights.tensor(names.positions, [chunkLength, width], {
    dimensions: [1, chunkLength, width],
  })
  return layers.node('Reshape', [layers.add(words, positions), layers.integers(-1, width)])
}

function block(
  layers: Layers,
  input: string,
  { kind, layout, root, width, heads, hiddenWidth }: ClipArchitecture,
  index: number,
): string {
  const names = clipNames(layout, root).block(index)
  const modules = clipModules(index)
  const { attention } = names
  const square = { inputs: width, outputs: width }
  const normed = layers.layerNorm(input, names.attentionNorm, width)
  const [query, key, value] = (['query', 'key', 'value'] as const).map((part, order) => {
    const options = { ...square, module: modules[part] }
    const rows =
      'fused' in attention
        ? layers.linear(normed, part, {
            ...options,
            tensors: attention.fused,
            part: { from: order * width, of: 3 * width },
          })
        : layers.linear(normed, attention[part], options)
    return layers.node('Reshape', [rows, layers.integers(-1, chunkLength, width)])
  }) as [string, string, string]
  const attended = layers.attention(query, key, value, { heads, causal: true })
  const flat = layers.node('Reshape', [attended, layers.integers(-1, width)])
  const middle = layers.add(input, layers.linear(flat, names.out, { ...square, module: modules.out }))

  const up = layers.linear(layers.layerNorm(middle, names.mlpNorm, width), names.up, {
    inputs: width,
    outputs: hiddenWidth,
    module: modules.up,
  })
  const active = kind === 'clip_l' ? layers.quickGelu(up) : layers.gelu(up)
  return layers.add(
    middle,
    layers.linear(active, names.down, { inputs: hiddenWidth, outputs: width, module: modules.down }),
  )
}

function project(layers: Layers, rows: string, { width, projection }: ClipArchitecture): string {
  if (!projection) return rows
  return layers.linear(rows, 'text_projection', {
    inputs: width,
    outputs: projection.width,
    tensors: { weight: projection.tensor },
    inputFirst: !projection.tensor.endsWith('.weight'),
  })
}
