/** @file The nodes between pictures and latents. */
import { decodeLatent, encodePicture } from '../../diffusion/vae-value.ts'
import type { VaeRunOptions } from '../../models/diffusion/vae/vae.ts'
import type { ImageTensor } from '../../tensor.ts'
import { defineNode, input, type NodeContext } from '../define.ts'
import { link } from '../diffusion-links.ts'

/** Pixels of the picture for one position of the latent. */
const downscale = 8

/** Tiles and pictures are the steps of this work: between them an interruption is noticed. */
function onTile(context: NodeContext): VaeRunOptions {
  return { onTile: (done, total) => context.progress(done, total) }
}

const tileInputs = () => ({
  tile_size: input.int({
    default: 512,
    min: 64,
    max: 4096,
    step: 32,
    advanced: true,
    tooltip: 'In pixels of the picture',
  }),
  overlap: input.int({ default: 64, min: 0, max: 4096, step: 32, advanced: true, tooltip: 'In pixels of the picture' }),
  temporal_size: input.int({ default: 64, min: 8, max: 4096, step: 4, advanced: true, tooltip: 'For videos only' }),
  temporal_overlap: input.int({ default: 8, min: 4, max: 4096, step: 4, advanced: true, tooltip: 'For videos only' }),
})

/** @param widest - the overlap in pixels from which on it is a quarter of the tile instead */
function tilingOf(tileSize: number, overlap: number, widest: number) {
  const pixels = overlap < widest ? overlap : Math.floor(tileSize / 4)
  return { size: Math.floor(tileSize / downscale), overlap: Math.floor(pixels / downscale) }
}

export const vaeDecode = defineNode({
  classType: 'VAEDecode',
  displayName: 'VAE Decode',
  category: 'latent',
  description: 'Makes pictures of latents.',
  inputs: { samples: link.latent(), vae: link.vae() },
  outputs: [{ type: 'IMAGE' }],
  execute: async ({ samples, vae }, context) => [await decodeLatent(vae, samples, onTile(context))],
})

export const vaeDecodeTiled = defineNode({
  classType: 'VAEDecodeTiled',
  displayName: 'VAE Decode (Tiled)',
  category: '_for_testing',
  description: 'Makes pictures of latents piece by piece: takes less memory.',
  inputs: { samples: link.latent(), vae: link.vae(), ...tileInputs() },
  outputs: [{ type: 'IMAGE' }],
  execute: async ({ samples, vae, tile_size, overlap }, context) => [
    await decodeLatent(vae, samples, { ...onTile(context), tiling: tilingOf(tile_size, overlap, tile_size / 4) }),
  ],
})

export const vaeEncode = defineNode({
  classType: 'VAEEncode',
  displayName: 'VAE Encode',
  category: 'latent',
  description: 'Makes latents of pictures.',
  inputs: { pixels: input.link<ImageTensor>('IMAGE'), vae: link.vae() },
  outputs: [{ type: 'LATENT' }],
  execute: async ({ pixels, vae }, context) => [await encodePicture(vae, pixels, onTile(context))],
})

export const vaeEncodeTiled = defineNode({
  classType: 'VAEEncodeTiled',
  displayName: 'VAE Encode (Tiled)',
  category: '_for_testing',
  inputs: { pixels: input.link<ImageTensor>('IMAGE'), vae: link.vae(), ...tileInputs() },
  outputs: [{ type: 'LATENT' }],
  execute: async ({ pixels, vae, tile_size, overlap }, context) => [
    // As far as tiles of half the size still move on.
    await encodePicture(vae, pixels, { ...onTile(context), tiling: tilingOf(tile_size, overlap, tile_size / 2) }),
  ],
})
