/**
 * @file From a file that somebody dropped to a workflow that can be run and saved: a workflow file as it is, a graph in API
 * format or one that a picture or video carries with its inputs exposed by rule, the editor's document where it can be
 * converted truthfully.
 */
import { open } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import type { InspectedWorkflow, WorkflowFile } from '#contracts/workflows'
import type { EngineClient } from '../../engine-client/engine-client.ts'
import type { Requirements } from '../requirements.ts'
import { parseWorkflow } from '../workflow-files.ts'
import { readCarriedTexts } from './carried-texts.ts'
import { convertEditorDocument, looksLikeEditorDocument } from './convert-editor.ts'
import { exposeInputs, neededNodes } from './expose-inputs.ts'
import { type NodeInfos, parseNodeInfos } from './node-infos.ts'
import {
  type ApiGraph,
  isObject,
  looksLikeGraph,
  maxGraphBytes,
  parseGraph,
  parseJson,
  refuse,
  titleOf,
} from './parse-graph.ts'

export interface InspectDeps {
  engine: Pick<EngineClient, 'objectInfo'>
  requirements: Requirements
}

/**
 * @param path - absolute path of the dropped file
 * @param name - what it was called
 * @throws StudioError `invalid_request` with why not and what to do; `engine_unavailable` when nobody can say what its nodes take
 */
export async function inspectWorkflow(
  { engine, requirements }: InspectDeps,
  { path, name, signal }: { path: string; name: string; signal?: AbortSignal },
): Promise<InspectedWorkflow> {
  const { source, json } = await readJson(path, signal)
  const given = source === 'file' ? fileOf(json) : null
  if (given) return answer(given, 'workflow', [])

  const infos = parseNodeInfos(await engine.objectInfo(signal ? { signal } : {}))
  const editor = looksLikeEditorDocument(json)
  const graph = parseGraph(editor ? convertEditorDocument(json, infos) : graphOf(json))
  const { inputs, models, notes } = exposeInputs(graph, infos)
  const outputs = outputsOf(graph, infos)
  const unknown = Object.values(graph).some((node) => !infos.has(node.class_type))
  if (outputs.length === 0 && !unknown) throw refuse('The workflow has no node that gives a result')
  const workflow: WorkflowFile = {
    name: nameOf(name),
    description: `From ${basename(name) || 'a dropped file'}.`,
    category: 'own',
    inputs,
    outputs,
    models,
    prompt: graph,
  }
  return answer(workflow, editor ? 'editor' : source === 'file' ? 'api' : source, notes)

  async function answer(
    workflow: WorkflowFile,
    kind: InspectedWorkflow['source'],
    notes: string[],
  ): Promise<InspectedWorkflow> {
    const missing = await requirements.missingOf(workflow)
    const ready = missing.models.length === 0 && missing.nodes.length === 0
    return { source: kind, workflow, missing, ready, notes }
  }
}

type Source = 'file' | 'png' | 'webp' | 'video'

async function readJson(path: string, signal?: AbortSignal): Promise<{ source: Source; json: unknown }> {
  const handle = await open(path, 'r')
  try {
    const carried = await readCarriedTexts(handle, path, signal)
    if (carried === null) {
      if ((await handle.stat()).size > maxGraphBytes) throw refuse('The file is larger than a workflow can be (2 MB)')
      return { source: 'file', json: parseJson(await handle.readFile('utf8')) }
    }
    const kind = carriedKind(await firstBytes(handle))
    const text = carried.prompt ?? carried.workflow
    if (text === undefined) {
      throw refuse('The file carries no workflow: it was not made by ComfyUI, or was saved again without its metadata')
    }
    return { source: kind, json: parseJson(text) }
  } finally {
    await handle.close()
  }
}

async function firstBytes(handle: Awaited<ReturnType<typeof open>>): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(12), 0, 12, 0)
  return buffer.toString('latin1', 0, bytesRead)
}

const carriedKind = (head: string): Source =>
  head.startsWith('\x89PNG') ? 'png' : head.startsWith('RIFF') ? 'webp' : 'video'

/** A file in the studio's own form, or null when it is a graph. */
function fileOf(json: unknown): WorkflowFile | null {
  if (!isObject(json) || !isObject(json.prompt) || looksLikeGraph(json) || !('inputs' in json)) return null
  const parsed = parseWorkflow(JSON.stringify(json))
  if ('reason' in parsed) throw refuse(parsed.reason)
  return { ...parsed.file, prompt: parseGraph(parsed.file.prompt) }
}

function graphOf(json: unknown): Record<string, unknown> {
  if (looksLikeGraph(json)) return json
  // The body of `POST /prompt`, as scripts keep it.
  if (isObject(json) && looksLikeGraph(json.prompt)) return json.prompt
  throw refuse('The file is no workflow: neither a graph in API format nor a document of the ComfyUI editor')
}

function outputsOf(graph: ApiGraph, infos: NodeInfos): WorkflowFile['outputs'] {
  return neededNodes(graph, infos)
    .filter((id) => infos.get(graph[id]!.class_type)?.isOutput)
    .map((node) => ({
      node,
      kind: graph[node]!.class_type.startsWith('Preview') ? ('preview' as const) : ('final' as const),
      label: titleOf(graph, node),
    }))
}

function nameOf(file: string): string {
  const plain = basename(file, extname(file))
    .replaceAll(/[_\s]+/g, ' ')
    .trim()
    .slice(0, 100)
  return plain === '' ? 'Dropped workflow' : plain
}
