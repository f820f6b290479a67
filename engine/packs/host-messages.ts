/** @file The IPC between the engine and the process that holds the code of node packs. */
import type { EngineDirectories } from '../directories.ts'
import type { HookCall, NodeDeclaration } from './declaration.ts'
import type { FoundPack } from './find-packs.ts'
import type { NodeReplacement } from './replacements.ts'

/** The first argument of the process, as JSON. */
export interface HostConfig {
  packs: readonly FoundPack[]
  directories: Pick<EngineDirectories, 'input' | 'output' | 'temp' | 'modelRoots' | 'customNodes'>
  /** For each pack, milliseconds. */
  loadLimit: number
}

/** A pack as it was declared. */
export interface DeclaredPack {
  nodes: NodeDeclaration[]
  webDirectory: string | null
  replacements: NodeReplacement[]
  problems: string[]
}

export type ToHost = { type: 'call'; id: number; call: HookCall } | { type: 'ping' }

export type FromHost =
  /** Said before a pack's code runs: should this be the last word, it was that pack. */
  | { type: 'loading'; name: string }
  | { type: 'loaded'; name: string; pack: DeclaredPack }
  | { type: 'failed'; name: string; reason: string }
  | { type: 'ready' }
  | { type: 'answer'; id: number; value: unknown }
  | { type: 'refusal'; id: number; exceptionType: string; message: string }
  | { type: 'pong' }
