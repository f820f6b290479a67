/** @file What tells one UNet of the Stable Diffusion family from another: numbers that its tensors' shapes show. */

/** One resolution of the U, from the picture's own to the coarsest. */
export interface UNetLevel {
  channels: number
  /** Transformer blocks after each residual block on the way down (0: none). */
  down: readonly number[]
  /** The same on the way up; one residual block more than down. */
  up: readonly number[]
}

export interface UNetConfig {
  /** 4; 8 with a picture to edit, 9 with a mask and a picture to fill in. */
  inChannels: number
  outChannels: number
  /** Width of the first level; the time embedding has four times as many. */
  modelChannels: number
  levels: readonly UNetLevel[]
  middleDepth: number
  /** Width of the text conditioning: 768 (SD 1), 1024 (SD 2), 2048 (SDXL), 1280 (its refiner). */
  contextWidth: number
  /** Attention heads: so many, or as many as heads of this width fit. */
  heads: { count: number } | { width: number }
  /** Width of the additional vector (pooled text and sizes) of SDXL. */
  labelWidth: number | null
}

export function headCount({ heads }: Pick<UNetConfig, 'heads'>, channels: number): number {
  return 'count' in heads ? heads.count : channels / heads.width
}

/** Blocks of the way down in their order: the first convolution, residual blocks, halvings. Index = `input_blocks.<n>`. */
export type InputBlock =
  | { kind: 'stem'; channels: number; level: 0 }
  | { kind: 'residual'; from: number; channels: number; depth: number; level: number }
  | { kind: 'downsample'; channels: number; level: number }

export function inputBlocks({ modelChannels, levels }: Pick<UNetConfig, 'modelChannels' | 'levels'>): InputBlock[] {
  const blocks: InputBlock[] = [{ kind: 'stem', channels: modelChannels, level: 0 }]
  let from = modelChannels
  for (const [level, { channels, down }] of levels.entries()) {
    for (const depth of down) {
      blocks.push({ kind: 'residual', from, channels, depth, level })
      from = channels
    }
    if (level < levels.length - 1) blocks.push({ kind: 'downsample', channels, level })
  }
  return blocks
}

/** As a level of the well-known networks is: the same depth everywhere. */
function level(channels: number, depth: number, blocks = 2): UNetLevel {
  return { channels, down: Array(blocks).fill(depth), up: Array(blocks + 1).fill(depth) }
}

const small = { inChannels: 4, outChannels: 4 }

/** The published networks; `width` scales them for tests. */
export const knownUNets = {
  sd1: (width = 320): UNetConfig => ({
    ...small,
    modelChannels: width,
    levels: [level(width, 1), level(2 * width, 1), level(4 * width, 1), level(4 * width, 0)],
    middleDepth: 1,
    contextWidth: 768,
    heads: { count: 8 },
    labelWidth: null,
  }),
  sd2: (width = 320): UNetConfig => ({ ...knownUNets.sd1(width), contextWidth: 1024, heads: { width: 64 } }),
  sdxl: (width = 320): UNetConfig => ({
    ...small,
    modelChannels: width,
    levels: [level(width, 0), level(2 * width, 2), level(4 * width, 10)],
    middleDepth: 10,
    contextWidth: 2048,
    heads: { width: 64 },
    labelWidth: 2816,
  }),
  sdxlRefiner: (width = 384): UNetConfig => ({
    ...small,
    modelChannels: width,
    levels: [level(width, 0), level(2 * width, 4), level(4 * width, 4), level(4 * width, 0)],
    middleDepth: 4,
    contextWidth: 1280,
    heads: { width: 64 },
    labelWidth: 2560,
  }),
} as const
