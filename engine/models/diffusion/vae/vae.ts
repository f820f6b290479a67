/**
 * @file The VAE as nodes use it: latents to pictures and back. Always in single precision (SDXL's overflows in half), one
 * picture at a time, in tiles above a size. Scale and shift of latents belong to the latent format, not here.
 */
import { NodeError } from '../../../nodes/define.ts'
import { describeNetwork } from '../../network/describe-network.ts'
import type { Layers } from '../../network/layers.ts'
import type { TensorSource } from '../../network/tensor-source.ts'
import type { FeedShapes, ModelStore, NetworkSession } from '../../store.ts'
import { type FeatureMap, fromTensor, toTensor } from '../feature-map.ts'
import { buildTaesdDecoder, buildTaesdEncoder, type TaesdConfig } from './build-taesd.ts'
import { buildVaeDecoder, buildVaeEncoder, type VaeConfig, vaeFactor } from './build-vae.ts'
import { runTiled, type TileScale, threeTilings } from './tiles.ts'

export interface VaeRunOptions {
  /**
   * Side of a tile and what neighbours share, in latent pixels; `auto` tiles what is large, and what memory lacks for.
   * @default 'auto'
   */
  tiling?: { size: number; overlap: number } | 'auto' | 'never'
  onTile?: (done: number, total: number) => Promise<void>
}

export interface Vae {
  label: string
  latentChannels: number
  /** Picture pixels per latent pixel, in one direction. */
  factor: number
  /** @returns pictures `[n, 3, 8h, 8w]` in about -1 to 1 */
  decode(latent: FeatureMap, options?: VaeRunOptions): Promise<FeatureMap>
  /**
   * @param picture - `[n, 3, h, w]` in -1 to 1; what is left over of a whole number of latent pixels is cut off all around
   * @returns means and log variances, `[n, 2 * latentChannels, h / 8, w / 8]`
   */
  encode(picture: FeatureMap, options?: VaeRunOptions): Promise<FeatureMap>
}

/** A latent of 1024 x 1024 pixels: the attention's table has 1 GB there, and grows with the square. */
const largestWhole = 128 * 128
/** ComfyUI's: 512 pixels, of which neighbours share 128 when decoding and 64 when encoding. */
const autoTiling = { decode: { size: 64, overlap: 16 }, encode: { size: 64, overlap: 8 } } as const

/** Convolutions of this size gain from the layout the kernels like: three times as fast as over the mapped file. */
const options = { layout: 'all', prepack: true, foldConstants: true } as const

export function createVae(setting: { store: ModelStore; source: TensorSource; config: VaeConfig }): Vae {
  const { store, source, config } = setting
  const open = (kind: string, build: (layers: Layers, config: VaeConfig) => void) =>
    store.network(
      describeNetwork({
        kind,
        part: kind === 'vae-decoder' ? 'VAE decoder' : 'VAE encoder',
        workingBytes: (shapes) => workingBytes(shapes, vaeFactor(config)),
        memoryAdvice: 'Use the nodes for tiles (VAE Decode (Tiled), VAE Encode (Tiled)) or smaller pictures',
        config,
        source,
        device: store.device,
        options,
        build: (layers) => build(layers, config),
      }),
    )
  return wrap({
    label: source.label,
    latentChannels: config.latentChannels,
    factor: vaeFactor(config),
    decoder: open('vae-decoder', buildVaeDecoder),
    encoder: open('vae-encoder', buildVaeEncoder),
    encoderOutput: 'moments',
  })
}

/**
 * Bytes of a run: measured with 512 x 512 pixels on the CPU (0.9 GB), and the attention's table of every latent pixel against
 * every other.
 */
function workingBytes({ latent, picture }: FeedShapes, factor: number): number {
  const [, , height, width] = (latent ?? picture) as [number, number, number, number]
  const latentPixels = latent ? height * width : (height * width) / factor ** 2
  return 3200 * latentPixels * factor ** 2 + 8 * latentPixels ** 2
}

/**
 * TAESD as a VAE. Its latents are the sampler's, its "moments" have no variance: just means.
 * @param halves - the file with the encoder may be missing
 */
export function createTaesd(setting: {
  store: ModelStore
  config: TaesdConfig
  decoder?: TensorSource | undefined
  encoder?: TensorSource | undefined
}): Vae {
  const { store, config, decoder, encoder } = setting
  const open = (
    kind: string,
    source: TensorSource | undefined,
    build: (layers: Layers, config: TaesdConfig) => void,
  ): NetworkSession | undefined =>
    source &&
    store.network(
      describeNetwork({ kind, config, source, device: store.device, build: (layers) => build(layers, config) }),
    )
  const tiny = wrap({
    label: (decoder ?? encoder)!.label,
    latentChannels: config.latentChannels,
    factor: 8,
    decoder: open('taesd-decoder', decoder, buildTaesdDecoder),
    encoder: open('taesd-encoder', encoder, buildTaesdEncoder),
    encoderOutput: 'latent',
  })
  return {
    ...tiny,
    // The tiny one works from 0 to 1.
    decode: async (latent, runOptions) => mapValues(await tiny.decode(latent, runOptions), (value) => value * 2 - 1),
    encode: (picture, runOptions) =>
      tiny.encode(
        mapValues(picture, (value) => (value + 1) / 2),
        runOptions,
      ),
  }
}

function wrap(parts: {
  label: string
  latentChannels: number
  factor: number
  decoder: NetworkSession | undefined
  encoder: NetworkSession | undefined
  encoderOutput: string
}): Vae {
  const { label, latentChannels, factor, decoder, encoder, encoderOutput } = parts
  return {
    label,
    latentChannels,
    factor,
    async decode(latent, runOptions = {}) {
      if (!decoder) throw new NodeError(`${label} can only encode`)
      if (latent.shape[1] !== latentChannels) {
        throw new NodeError(`${label} decodes latents of ${latentChannels} channels, not ${latent.shape[1]}`)
      }
      const way = { scale: { input: 1, output: factor }, tiling: autoTiling.decode }
      return run(latent, runOptions, way, async (tile) =>
        fromTensor((await decoder.run({ latent: toTensor(tile) }, ['picture'])).picture),
      )
    },
    async encode(picture, runOptions = {}) {
      if (!encoder) throw new NodeError(`${label} can only decode`)
      const way = { scale: { input: factor, output: 1 }, tiling: autoTiling.encode }
      return run(cropToGrid(picture, factor, label), runOptions, way, async (tile) =>
        fromTensor((await encoder.run({ picture: toTensor(tile) }, [encoderOutput]))[encoderOutput]),
      )
    },
  }
}

async function run(
  input: FeatureMap,
  { tiling = 'auto', onTile }: VaeRunOptions,
  way: { scale: TileScale; tiling: { size: number; overlap: number } },
  network: (tile: FeatureMap) => Promise<FeatureMap>,
): Promise<FeatureMap> {
  const { scale } = way
  const [, , height, width] = input.shape
  const inTiles = (wanted: { size: number; overlap: number }) =>
    runTiled(input, threeTilings(wanted), scale, network, onTile)
  if (typeof tiling !== 'string') return inTiles(tiling)
  const isLarge = (height * width) / scale.input ** 2 > largestWhole
  if (tiling === 'auto' && isLarge) return inTiles(way.tiling)
  try {
    const whole = { height: height / scale.input, width: width / scale.input, overlap: 0 }
    return await runTiled(input, [whole], scale, network, onTile)
  } catch (error) {
    const lacksMemory = error instanceof NodeError && error.exceptionType === 'OutOfMemoryError'
    if (tiling === 'never' || !lacksMemory) throw error
    return inTiles(way.tiling)
  }
}

function cropToGrid({ data, shape }: FeatureMap, factor: number, label: string): FeatureMap {
  const [batch, channels, height, width] = shape
  if (channels !== 3) throw new NodeError(`${label} encodes pictures of 3 channels, not ${channels}`)
  const [rows, columns] = [height - (height % factor), width - (width % factor)]
  if (rows === 0 || columns === 0)
    throw new NodeError(`A picture of ${width} x ${height} pixels is too small to encode`)
  if (rows === height && columns === width) return { data, shape }
  const [top, left] = [Math.floor((height % factor) / 2), Math.floor((width % factor) / 2)]
  const cropped = new Float32Array(batch * channels * rows * columns)
  for (let plane = 0; plane < batch * channels; plane += 1) {
    for (let row = 0; row < rows; row += 1) {
      const from = (plane * height + top + row) * width + left
      cropped.set(data.subarray(from, from + columns), (plane * rows + row) * columns)
    }
  }
  return { data: cropped, shape: [batch, channels, rows, columns] }
}

function mapValues({ data, shape }: FeatureMap, change: (value: number) => number): FeatureMap {
  return { data: data.map(change), shape }
}
