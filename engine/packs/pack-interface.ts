/**
 * @file The interface that a pack is handed, made of the engine's own parts. The types that pack authors read stand in
 * `node-pack.d.ts`; here the compiler holds the two together.
 */
import { Tensor } from 'onnxruntime-common'
import sharp, { type Sharp } from 'sharp'
import { allocateImage, allocateMask } from '../images/allocate.ts'
import { pictureAt } from '../images/batch.ts'
import { fromBytes, toBytes } from '../images/bytes.ts'
import { decodePicture } from '../images/decode.ts'
import { encodePng, pngCompression } from '../images/encode-png.ts'
import * as own from '../nodes/define.ts'
import type { ImageTensor } from '../tensor.ts'
import type * as pack from './node-pack.d.ts'

/** Longest side of a preview, as ComfyUI's clients expect it. */
const previewSide = 512

export function createPackInterface(): pack.NodePackApi {
  return {
    defineNode: (definition) => definition,
    // Bounds of ours may be bigints; what packs declare are numbers.
    input: own.input as unknown as pack.NodePackApi['input'],
    ExecutionBlocker: own.ExecutionBlocker,
    NodeError: own.NodeError,
    InterruptedError: own.InterruptedError,
    sharp,
    Tensor: Tensor as unknown as pack.NodePackApi['Tensor'],
    images: {
      allocate: allocateImage,
      allocateMask,
      decode: (path) => decodePicture(path, path.split('/').at(-1)!),
      encodePng: (image, index) => encodePng(image, index, pngCompression.saved),
      toSharp,
      fromSharp,
      async preview(image, index) {
        const small = toSharp(image, index).resize(previewSide, previewSide, {
          fit: 'inside',
          withoutEnlargement: true,
        })
        return { format: 'jpeg', bytes: await small.removeAlpha().jpeg().toBuffer() }
      },
    },
  }
}

function toSharp(image: ImageTensor, index: number): Sharp {
  const [, height, width, channels] = image.shape
  return sharp(toBytes(pictureAt(image, index)), { raw: { width, height, channels: channels as 1 | 2 | 3 | 4 } })
}

async function fromSharp(picture: Sharp): Promise<ImageTensor> {
  const { data, info } = await picture.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  const image = allocateImage(1, info.height, info.width, info.channels)
  fromBytes(data, image.data)
  return image
}

// ---------------------------------------------------------------- the types that packs see are the engine's

/** Compiles only when each side knows exactly what the other knows. */
type SameKeys<A, B> = [Exclude<keyof A, keyof B>, Exclude<keyof B, keyof A>] extends [never, never] ? true : false
const kept: {
  definition: SameKeys<Omit<own.AnyNode, 'module'>, pack.PackNode>
  spec: SameKeys<own.InputSpec, pack.InputSpec>
  output: SameKeys<own.OutputSpec, pack.OutputSpec>
  expansion: SameKeys<own.Expansion, pack.Expansion>
  environment: SameKeys<own.NodeEnvironment, pack.NodeEnvironment>
  context: SameKeys<Omit<own.NodeContext, 'progressOf' | 'previewMethod'>, pack.NodeContext>
} = { definition: true, spec: true, output: true, expansion: true, environment: true, context: true }
const _node: (node: pack.PackNode) => own.AnyNode = (node) => node
const _context: (context: own.NodeContext) => pack.NodeContext = (context) => context
void [kept, _node, _context]
