/** @file ComfyUI's WebSocket messages (JSON ones) and the file triple its node outputs carry. */

/** How a file is named everywhere on the Comfy wire. */
export interface ResultFile {
  filename: string
  subfolder: string
  type: 'output' | 'input' | 'temp'
}

/** What a node shows: lists by kind, e.g. `{ images: [ResultFile], animated: [true] }`. */
export type UiOutput = Record<string, unknown[]>

export interface NodeProgress {
  value: number
  max: number
  state: 'running' | 'finished'
  node_id: string
  prompt_id: string
  display_node_id: string
  parent_node_id: string | null
  real_node_id: string
}

/** Messages of one run, without `prompt_id` and `timestamp`: the engine adds them when it sends. */
export type RunMessage =
  | { type: 'execution_start'; data: Record<string, never> }
  | { type: 'execution_cached'; data: { nodes: string[] } }
  | { type: 'progress_state'; data: { nodes: Record<string, Omit<NodeProgress, 'prompt_id'>> } }
  | { type: 'executing'; data: { node: string; display_node: string } }
  | { type: 'progress'; data: { value: number; max: number; node: string } }
  | { type: 'executed'; data: { node: string; display_node: string; output: UiOutput | null } }
  | { type: 'execution_success'; data: Record<string, never> }
  | { type: 'execution_error'; data: ExecutionError }
  | { type: 'execution_interrupted'; data: { node_id: string; node_type: string; executed: string[] } }

export interface ExecutionError {
  node_id: string
  node_type: string
  executed: string[]
  exception_message: string
  exception_type: string
  traceback: string[]
  current_inputs: Record<string, unknown[]>
  current_outputs: string[]
}

/** Per node of `history.meta`. */
export interface NodeMeta {
  node_id: string
  display_node: string
  parent_node: string | null
  real_node_id: string
}
