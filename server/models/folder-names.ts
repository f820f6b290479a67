/** @file Folders that ComfyUI knows under two names. */

const aliases: Record<string, readonly string[]> = {
  text_encoders: ['text_encoders', 'clip'],
  clip: ['text_encoders', 'clip'],
  diffusion_models: ['diffusion_models', 'unet'],
  unet: ['diffusion_models', 'unet'],
}

/** Every name of a model folder, its own included. */
export const folderNames = (folder: string): readonly string[] =>
  Object.hasOwn(aliases, folder) ? aliases[folder]! : [folder]
