/**
 * @file The workflow files: those of the user's folder and the shipped ones, the user's winning by id. Looked at again at
 * each request (a stat per file), parsed again when a file changed. A file that cannot be used is listed with the reason.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { type WorkflowFile, workflowFileSchema } from '#contracts/workflows'
import { openBeneath } from '#platform/files/open-beneath'

export interface LoadedWorkflow {
  /** File name without `.json`. */
  id: string
  /** Came with the project, and the user has none of that id. */
  shipped: boolean
  file: WorkflowFile
}

export interface LoadedWorkflows {
  /** By name. */
  workflows: LoadedWorkflow[]
  broken: { file: string; reason: string }[]
}

export interface WorkflowFiles {
  load(): Promise<LoadedWorkflows>
}

type Parsed = { file: WorkflowFile } | { reason: string }

const maxBytes = 5 * 1024 * 1024
const maxNodes = 2000

/** @param directories - absolute paths; an absent one is empty */
export function createWorkflowFiles(directories: { user: string; shipped: string }): WorkflowFiles {
  let cache = new Map<string, { stamp: string; parsed: Parsed }>()

  async function loadDirectory(directory: string, seen: typeof cache): Promise<Map<string, Parsed>> {
    const found = new Map<string, Parsed>()
    for (const name of await workflowNames(directory)) {
      const path = join(directory, name)
      const stats = await stat(path, { bigint: true }).catch(() => null)
      if (!stats) continue
      const stamp = `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`
      const known = cache.get(path)
      const parsed = known?.stamp === stamp ? known.parsed : await parseFile(directory, name)
      seen.set(path, { stamp, parsed })
      found.set(name, parsed)
    }
    return found
  }

  return {
    async load() {
      const seen: typeof cache = new Map()
      const user = await loadDirectory(directories.user, seen)
      const shipped = await loadDirectory(directories.shipped, seen)
      cache = seen

      const workflows = new Map<string, LoadedWorkflow>()
      const broken: LoadedWorkflows['broken'] = []
      for (const [isShipped, files] of [
        [false, user],
        [true, shipped],
      ] as const) {
        for (const [name, parsed] of files) {
          const id = name.slice(0, -'.json'.length)
          if ('reason' in parsed) broken.push({ file: name, reason: parsed.reason })
          else if (!workflows.has(id)) workflows.set(id, { id, shipped: isShipped, file: parsed.file })
        }
      }
      const byName = (a: LoadedWorkflow, b: LoadedWorkflow) =>
        a.file.name.localeCompare(b.file.name, 'en') || (a.id < b.id ? -1 : 1)
      return { workflows: [...workflows.values()].sort(byName), broken }
    },
  }
}

async function workflowNames(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

async function parseFile(directory: string, name: string): Promise<Parsed> {
  const opened = await openBeneath(directory, [name])
  if (!opened) return { reason: 'It is not a readable regular file (links are not followed).' }
  try {
    if (opened.stats.size > maxBytes) return { reason: 'It is larger than 5 MB.' }
    return parseWorkflow(await opened.handle.readFile('utf8'))
  } finally {
    await opened.handle.close()
  }
}

/** A workflow file's text, judged: by the schema, and by what a schema cannot say. */
export function parseWorkflow(text: string): Parsed {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return { reason: `It is not valid JSON: ${(error as Error).message}` }
  }
  const mistaken = mistakenFormat(json)
  if (mistaken) return { reason: mistaken }
  const result = workflowFileSchema.safeParse(json)
  if (!result.success) return { reason: z.prettifyError(result.error).slice(0, 2000) }
  const problem = findInconsistency(result.data)
  return problem ? { reason: problem } : { file: result.data }
}

/** The two files people drop in first: the editor's own format, and a graph that nobody described. */
function mistakenFormat(json: unknown): string | null {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'It is not a JSON object.'
  if ('prompt' in json) return null
  if ('nodes' in json && 'links' in json) {
    return 'It is in the format of the ComfyUI editor. Drop it on the Run page, which converts it and can save it.'
  }
  const nodes = Object.values(json)
  const isGraph = nodes.length > 0 && nodes.every((node) => typeof node === 'object' && node && 'class_type' in node)
  return isGraph ? 'It is a bare graph. Drop it on the Run page, which makes a form of it and can save it.' : null
}

/** What a schema cannot say: fields and outputs name nodes that are there. @returns null when all is well */
export function findInconsistency({ prompt, inputs, outputs }: WorkflowFile): string | null {
  if (Object.keys(prompt).length > maxNodes) return `The graph has more than ${maxNodes} nodes.`
  const ids = new Set<string>()
  for (const { id, label, targets } of inputs) {
    if (ids.has(id)) return `Two inputs have the id "${id}".`
    ids.add(id)
    const stray = targets.find(({ node }) => !Object.hasOwn(prompt, node))
    if (stray) return `The input "${label}" sets node "${stray.node}", which the graph does not have.`
  }
  const stray = outputs.find(({ node }) => !Object.hasOwn(prompt, node))
  return stray ? `An output names node "${stray.node}", which the graph does not have.` : null
}
