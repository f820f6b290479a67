/**
 * @file Which CLIP text encoders a file holds: from tensor names and shapes, never from the file's name. Checkpoints
 * (original single-file layout, as trained or as saved again) and separate text-encoder files, with the tensor names of
 * transformers and of OpenCLIP.
 */
import { NodeError } from '../../nodes/define.ts'
import type { SafetensorsFile } from '../safetensors/read-safetensors.ts'
import { chunkLength } from './chunk-tokens.ts'
import { type ClipLayout, clipNames } from './clip-names.ts'
import { clipVocabularySize } from './clip-vocabulary.ts'

/** CLIP ViT-L of SD 1 and SDXL, OpenCLIP ViT-H of SD 2, OpenCLIP ViT-bigG of SDXL. Also the names that embeddings use. */
export type ClipKind = 'clip_l' | 'clip_h' | 'clip_g'

export interface ClipArchitecture {
  kind: ClipKind
  /** Whose names the tensors have. */
  layout: ClipLayout
  /** Before every name. */
  prefix: string
  /** After the prefix and before the names of all but the projection (transformers' layout). */
  root: string
  /** Rows of the token table. */
  vocabulary: number
  width: number
  /** Layers in the file. */
  layers: number
  heads: number
  /** Between the two matrices of an MLP. */
  hiddenWidth: number
  /** Length of the pooled vector, or null: the file has no projection, the pooled vector stays as it is. */
  projection: { tensor: string; width: number } | null
}

const headWidth = 64
const maxLayers = 64

/** Every text encoder in the file, in the order of its header. Empty when there is none. */
export function findTextEncoders(file: SafetensorsFile): ClipArchitecture[] {
  const found: ClipArchitecture[] = []
  for (const key of file.tensors.keys()) {
    const transformers = /^(.*?)(text_model\.|)embeddings\.token_embedding\.weight$/.exec(key)
    const openClip = /^(.*?)token_embedding\.weight$/.exec(key)
    if (transformers) {
      found.push(describe(file, { layout: 'transformers', prefix: transformers[1]!, root: transformers[2]! }))
    } else if (openClip && file.tensors.has(`${openClip[1]}positional_embedding`)) {
      found.push(describe(file, { layout: 'openclip', prefix: openClip[1]!, root: '' }))
    }
  }
  return found
}

type Place = Pick<ClipArchitecture, 'layout' | 'prefix' | 'root'>

function describe(file: SafetensorsFile, place: Place): ClipArchitecture {
  const names = clipNames(place.layout, place.root)
  const shape = (name: string): readonly number[] => {
    const entry = file.tensors.get(place.prefix + name)
    if (!entry) throw new NodeError(`${file.name} is incomplete: its text encoder has no tensor "${name}"`)
    return entry.shape
  }
  const [vocabulary = 0, width = 0] = shape(names.tokens)
  const [positions] = shape(names.positions)
  if (vocabulary < clipVocabularySize || positions !== chunkLength) {
    throw new NodeError(
      `${file.name}: its text encoder has ${vocabulary} tokens and ${positions} places, CLIP has ${clipVocabularySize} and ${chunkLength}`,
    )
  }
  let layers = 0
  while (file.tensors.has(`${place.prefix}${names.block(layers).attentionNorm}.weight`)) layers += 1
  if (layers === 0 || layers > maxLayers) throw new NodeError(`${file.name}: its text encoder has ${layers} layers`)
  return {
    ...place,
    kind: kindOf(place.prefix, width, layers),
    vocabulary,
    width,
    layers,
    heads: width % headWidth === 0 ? width / headWidth : 1,
    hiddenWidth: shape(`${names.block(0).up}.weight`)[0] ?? 0,
    projection: findProjection(file, place.prefix),
  }
}

/** Transformers' name is a Linear's, output first; OpenCLIP's own is a bare matrix, input first. */
function findProjection(file: SafetensorsFile, prefix: string): ClipArchitecture['projection'] {
  for (const [tensor, outputs] of [
    ['text_projection.weight', 0],
    ['text_projection', 1],
  ] as const) {
    const width = file.tensors.get(prefix + tensor)?.shape[outputs]
    if (width) return { tensor, width }
  }
  return null
}

/** By width; where that is no known one (small models for tests), by place in a checkpoint, then by depth. */
function kindOf(prefix: string, width: number, layers: number): ClipKind {
  const known: Record<number, ClipKind> = { 768: 'clip_l', 1024: 'clip_h', 1280: 'clip_g' }
  if (known[width]) return known[width]
  if (prefix.endsWith('cond_stage_model.model.')) return 'clip_h'
  if (/conditioner\.embedders\.\d\.model\.$/.test(prefix)) return 'clip_g'
  if (prefix.endsWith('.transformer.')) return 'clip_l'
  if (layers >= 30) return 'clip_g'
  return layers >= 22 ? 'clip_h' : 'clip_l'
}
