/** @file How latents become pictures while they are sampled: ComfyUI's names. */

/** `auto` is TAESD where its decoder is there, else a matrix of colours (`latent2rgb`). */
export const previewMethods = ['none', 'auto', 'latent2rgb', 'taesd'] as const
export type PreviewMethod = (typeof previewMethods)[number]

export function isPreviewMethod(value: unknown): value is PreviewMethod {
  return previewMethods.some((method) => method === value)
}
