/** @file Bounds that ComfyUI's nodes share. */

/** Largest width, height or offset of a widget, in pixels. */
export const maxResolution = 16_384
/** Largest number of pictures a widget asks for. */
export const maxBatch = 4096
/** Largest seed: 64 bits. */
export const maxSeed = 2n ** 64n - 1n
