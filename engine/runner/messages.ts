/**
 * @file The IPC between the engine and its runner child (`serialization: 'advanced'`, so bytes travel as they are).
 * The engine validates and queues; the runner executes one prompt at a time and writes its files.
 */
import type { NodeMeta, RunMessage, UiOutput } from '#contracts/comfy/messages'
import type { Prompt } from '#contracts/comfy/prompt'
import type { JobError, JobFile, OutputKind } from '#contracts/jobs'

/** Everything the runner needs to know of a job. */
export interface RunRequest {
  promptId: string
  /** The job's folder name; the folder exists, with `.incomplete` in it. */
  job: string
  prompt: Prompt
  outputsToExecute: string[]
  extraData: Record<string, unknown>
  /**
   * `studio`: files are `final_00001.png` and save nodes always run. `comfy`: ComfyUI's names, ComfyUI's caching.
   */
  naming: 'studio' | 'comfy'
  /** Node id → kind; without an entry save nodes are final and preview nodes preview. */
  outputKinds: Record<string, OutputKind>
}

export type ToRunner =
  | { type: 'run'; request: RunRequest }
  | { type: 'interrupt'; promptId: string }
  | { type: 'free'; unloadModels: boolean; freeMemory: boolean }
  /** Answered by `pong`; only asked of an idle runner, since a model's run may be silent for minutes. */
  | { type: 'ping' }
  | { type: 'shutdown' }

/** How a run ended. `outputs` holds the UI output of every node that gave one, cached ones too. */
export interface RunOutcome {
  status: 'success' | 'error' | 'interrupted'
  outputs: Record<string, UiOutput>
  meta: Record<string, NodeMeta>
  error: JobError | null
}

export type FromRunner =
  | { type: 'ready'; device: string; pid: number }
  | { type: 'message'; promptId: string; message: RunMessage; timestamp: number }
  | {
      type: 'preview'
      promptId: string
      nodeId: string
      displayNodeId: string
      parentNodeId: string | null
      realNodeId: string
      format: 'jpeg' | 'png'
      bytes: Uint8Array
    }
  | { type: 'text'; promptId: string; nodeId: string; text: string }
  /** A model is being opened; null: it is open, or could not be. */
  | { type: 'opening'; promptId: string; model: string | null }
  /** A file became visible: durable, complete, with size and crc32. */
  | { type: 'output'; promptId: string; file: JobFile }
  | { type: 'done'; promptId: string; outcome: RunOutcome }
  | { type: 'memory'; rss: number; models: { path: string; bytes: number }[]; cacheBytes: number }
  | { type: 'pong' }
  /** While it starts. `loading` is said before a pack's code runs: should it be the last word, it was that pack. */
  | { type: 'pack'; name: string; state: 'loading' | 'loaded' }
  | { type: 'pack'; name: string; state: 'failed'; reason: string }
  | { type: 'log'; level: 'info' | 'warn' | 'error'; message: string }
