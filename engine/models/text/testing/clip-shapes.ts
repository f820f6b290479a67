/** @file What a CLIP text encoder of any size is made of, for files that tests write. */
import { buildGraph } from '../../network/describe-network.ts'
import { recordingSource } from '../../network/tensor-source.ts'
import type { Shapes } from '../../testing/tiny-weights.ts'
import type { ClipArchitecture } from '../clip-architecture.ts'
import { buildClipNetwork } from '../clip-network.ts'
import { clipVocabularySize } from '../clip-vocabulary.ts'

export type ClipSize = Pick<ClipArchitecture, 'kind' | 'layout' | 'prefix' | 'width' | 'layers'> & {
  /** @default 'text_model.' in transformers' layout */
  root?: string
  /** @default none */
  projection?: number
  /** Between the two matrices of an MLP. @default four times the width */
  hiddenWidth?: number
}

/** Names as the file has them, and shapes. */
export function clipShapes({ projection, ...size }: ClipSize): Shapes {
  const isTransformers = size.layout === 'transformers'
  const architecture: ClipArchitecture = {
    root: isTransformers ? 'text_model.' : '',
    hiddenWidth: 4 * size.width,
    ...size,
    vocabulary: clipVocabularySize,
    heads: Math.max(1, size.width / 64),
    projection:
      projection === undefined
        ? null
        : { tensor: isTransformers ? 'text_projection.weight' : 'text_projection', width: projection },
  }
  const source = recordingSource()
  const outputs = { depth: size.layers, finalNorm: true, pooled: true }
  buildGraph({
    kind: 'clip',
    config: null,
    device: 'cpu',
    source,
    build: (layers) => buildClipNetwork(layers, architecture, outputs),
  })
  return new Map([...source.asked].map(([name, shape]) => [size.prefix + name, shape]))
}
