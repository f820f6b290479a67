/**
 * @file The model folders ComfyUI knows: their names, the extensions listed in each, and the second directory names
 * some of them read. A table and the questions asked of it; touches no disk.
 */
import { join } from 'node:path'
import type { ExtraModelDirectory } from './extra-model-paths.ts'

/** One model folder over all roots. */
export interface ModelFolder {
  name: string
  /** Absolute directories, searched in this order. */
  directories: string[]
  /** Lower case, with dot; empty: every file. */
  extensions: readonly string[]
}

/** What the engine opens, and the pickles ComfyUI lists (opening one is refused with a reason). */
const modelExtensions = [
  '.safetensors',
  '.sft',
  '.onnx',
  '.param',
  '.ckpt',
  '.pt',
  '.pt2',
  '.bin',
  '.pth',
  '.pkl',
] as const

/** Folder → directory names below a models root. Order is the order of the `/models` answer. */
const folderDirectories: Record<string, readonly string[]> = {
  checkpoints: ['checkpoints'],
  configs: ['configs'],
  loras: ['loras'],
  vae: ['vae'],
  text_encoders: ['text_encoders', 'clip'],
  diffusion_models: ['diffusion_models', 'unet'],
  clip_vision: ['clip_vision'],
  style_models: ['style_models'],
  embeddings: ['embeddings'],
  diffusers: ['diffusers'],
  vae_approx: ['vae_approx'],
  controlnet: ['controlnet', 't2i_adapter'],
  gligen: ['gligen'],
  upscale_models: ['upscale_models'],
  latent_upscale_models: ['latent_upscale_models'],
  custom_nodes: [],
  hypernetworks: ['hypernetworks'],
  photomaker: ['photomaker'],
  classifiers: ['classifiers'],
  model_patches: ['model_patches'],
  audio_encoders: ['audio_encoders'],
  background_removal: ['background_removal'],
  frame_interpolation: ['frame_interpolation'],
  geometry_estimation: ['geometry_estimation'],
  optical_flow: ['optical_flow'],
  detection: ['detection'],
}

/** Names from before a folder was renamed; accepted inside nodes, unknown on the wire. */
const oldNames: Record<string, string> = { unet: 'diffusion_models', clip: 'text_encoders' }

/** All folders of an engine, by their wire name. */
export function createModelFolders(directories: {
  modelRoots: readonly string[]
  customNodes: string
  extraModels?: readonly ExtraModelDirectory[]
}): ReadonlyMap<string, ModelFolder> {
  const folders = new Map<string, ModelFolder>()
  for (const [name, subdirectories] of Object.entries(folderDirectories)) {
    const paths =
      name === 'custom_nodes'
        ? [directories.customNodes]
        : directories.modelRoots.flatMap((root) => subdirectories.map((directory) => join(root, directory)))
    folders.set(name, { name, directories: paths, extensions: extensionsOf(name) })
  }
  addExtraDirectories(folders, directories.extraModels ?? [])
  return folders
}

/** Default ones go first, in their order; a folder that is not known is one more, of any files. */
function addExtraDirectories(folders: Map<string, ModelFolder>, extra: readonly ExtraModelDirectory[]): void {
  const inFront = new Map<string, number>()
  for (const { folder, directory, isDefault } of extra) {
    const name = currentFolderName(folder)
    const known = folders.get(name) ?? { name, directories: [], extensions: [] }
    folders.set(name, known)
    if (known.directories.includes(directory)) continue
    const place = inFront.get(name) ?? 0
    if (isDefault) inFront.set(name, place + 1)
    known.directories.splice(isDefault ? place : known.directories.length, 0, directory)
  }
}

/** The wire name of a folder that a node names. */
export function currentFolderName(name: string): string {
  return Object.hasOwn(oldNames, name) ? oldNames[name]! : name
}

function extensionsOf(folder: string): readonly string[] {
  if (folder === 'configs') return ['.yaml']
  if (folder === 'custom_nodes') return []
  return modelExtensions
}
