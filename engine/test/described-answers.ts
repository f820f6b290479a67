/**
 * @file Holds every answer and message that a test run gets from the engine against the published description, where
 * `SPEC_DIR` names its directory. Collects faults; the harness fails the test file that met one.
 */
import { join } from 'node:path'
import { loadOpenApi, type OpenApi } from './openapi-schema.ts'

/** Where the description and the real server differ, we follow the server. */
export const differingOperations: Readonly<Record<string, string>> = {
  'GET /api/features': 'values are not only booleans',
  'GET /internal/logs/raw': 'the time of an entry is a text',
  'GET /internal/folder_paths': 'a folder has a list of paths',
}

/** The same within an answer, in the words of the fault. */
const differingFaults: readonly RegExp[] = [
  // A node that no expansion made has no parent.
  /^message progress_state: \S*\/parent_node_id must be string$/,
  // The message that ends a run has `node: null` and no display node; that for a client that came back only the node.
  /^message executing: (\/node must be string| must have required property '(display_node|prompt_id)')$/,
  // A cached output node that shows nothing.
  /^message executed: \/output must be object$/,
  // The size of the terminal is null when there is none.
  /^message logs: \/size must be object$/,
  // Ids of nodes.
  /^GET \/api\/jobs\/\{job_id\} 200: \/execution_error\/current_outputs must be object$/,
  // Null without a limit.
  /^GET \/api\/jobs 200: \/pagination\/limit must be integer$/,
  // The description does not know `split=true`.
  /^GET \/api\/userdata 200: (\/\d+ must be (object|string)| must match exactly one schema in oneOf)$/,
  // A scan that goes on: 202; content that is known: 200.
  /^POST \/api\/assets\/seed: 202 is not described$/,
  /^POST \/api\/assets: 200 is not described$/,
  // Null for an unknown one.
  /^GET \/api\/global_subgraphs\/\{id\} 200: {2}must be object$/,
]

export interface AnswerChecker {
  /** Judges a JSON answer. @param path - as it was asked for, with the query */
  answer(method: string, path: string, status: number, body: unknown): void
  /** Judges a WebSocket message. */
  message(type: string, data: unknown): void
  /** What did not fit so far, each once. */
  readonly faults: readonly string[]
}

/** @returns null where no description is at hand */
export async function loadAnswerChecker(): Promise<AnswerChecker | null> {
  const directory = process.env.SPEC_DIR
  if (!directory) return null
  return createAnswerChecker(await loadOpenApi(join(directory, 'comfyui-openapi.yaml')))
}

export function createAnswerChecker(openApi: OpenApi): AnswerChecker {
  const faults = new Set<string>()
  const note = (found: readonly string[]) => {
    for (const fault of found) if (!differingFaults.some((known) => known.test(fault))) faults.add(fault)
  }
  return {
    answer(method, path, status, body) {
      const operation = openApi.operationOf(method, path.split('?', 1)[0]!)
      if (operation === null || operation in differingOperations) return
      // A refusal that the description leaves out is judged by the test that asked for it.
      if (status < 400 || openApi.describes(operation, status)) note(openApi.faults(operation, status, body))
    },
    message: (type, data) => note(openApi.messageFaults(type, data)),
    get faults() {
      return [...faults]
    },
  }
}
