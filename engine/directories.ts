/**
 * @file The directories an engine works with, in one value that both the engine and its runner are given. Two layouts:
 * the studio's (`STUDIO_DIR`) and ComfyUI's own (`--base-directory`). Makes nothing.
 */
import { join } from 'node:path'
import type { StudioDirectory } from '#platform/studio-directory'
import type { ExtraModelDirectory } from './environment/extra-model-paths.ts'

export interface EngineDirectories {
  input: string
  output: string
  temp: string
  /** Holds a directory per user. */
  user: string
  customNodes: string
  /** Roots that hold model folders; a name found in an earlier one wins. Only the first is the user's own. */
  modelRoots: string[]
  /** More directories of model folders, besides those below the roots. */
  extraModels: ExtraModelDirectory[]
  /** Holds `engine.db`. */
  database: string
  /** Holds `api-key.sha256`, written by the web process. */
  secrets: string
}

/** The directories below `STUDIO_DIR`, with the shipped models as second, read-only root. */
export function studioEngineDirectories(studio: StudioDirectory): EngineDirectories {
  return {
    input: studio.input,
    output: studio.output,
    temp: studio.temp,
    user: studio.user,
    customNodes: studio.customNodes,
    modelRoots: [studio.models, studio.defaults.models],
    extraModels: [],
    database: studio.database,
    secrets: studio.secrets,
  }
}

/**
 * ComfyUI's layout below one base directory.
 * @param base - absolute path
 * @param shippedModels - absolute path of the models that come with the project
 */
export function comfyEngineDirectories(base: string, shippedModels: string): EngineDirectories {
  return {
    input: join(base, 'input'),
    output: join(base, 'output'),
    temp: join(base, 'temp'),
    user: join(base, 'user'),
    customNodes: join(base, 'custom_nodes'),
    modelRoots: [join(base, 'models'), shippedModels],
    extraModels: [],
    // Two underscores: system users are never reachable over HTTP.
    database: join(base, 'user', '__engine'),
    secrets: join(base, 'user', '__engine'),
  }
}
