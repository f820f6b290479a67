/**
 * @file A context for calling a node on its own in a test: real directories, a real output writer, no executor.
 * What a node sends is kept in lists to look at.
 */
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobFile, OutputKind } from '#contracts/jobs'
import { parseRelativePath } from '#contracts/relative-path'
import { createOutputWriter } from '../../jobs/create-output-writer.ts'
import { type NodeContext, NodeError, type NodeResult, type PreviewImage } from '../define.ts'

export const testJob = '20260324_143052_a1b2c3'

export interface TestBench {
  context: NodeContext
  root: string
  inputDirectory: string
  outputDirectory: string
  /** Files reported by the output writer. */
  files: JobFile[]
  progress: [number, number][]
  texts: string[]
  images: PreviewImage[]
  abort: AbortController
  /** Absolute path of a file of the job. */
  pathOf: (file: { subfolder: string; filename: string }) => string
  remove: () => Promise<void>
}

export interface BenchOptions {
  naming?: 'studio' | 'comfy'
  outputKinds?: Record<string, OutputKind>
  nodeId?: string
  prompt?: NodeContext['prompt']
  extraPngInfo?: Record<string, unknown>
  outputDirectory?: string
  metadata?: boolean
}

/** Temporary directories with an empty job in them; `remove` deletes them. */
export async function createTestBench(options: BenchOptions = {}): Promise<TestBench> {
  const root = await mkdtemp(join(tmpdir(), 'nodes-'))
  const inputDirectory = join(root, 'input')
  const outputDirectory = options.outputDirectory ?? join(root, 'output')
  await mkdir(inputDirectory, { recursive: true })
  await mkdir(join(outputDirectory, testJob), { recursive: true })
  const abort = new AbortController()
  const nodeId = options.nodeId ?? '9'
  const kept = { files: [] as JobFile[], progress: [] as [number, number][], texts: [] as string[] }
  const images: PreviewImage[] = []
  const context: NodeContext = {
    inputDirectory,
    outputDirectory,
    tempDirectory: join(root, 'temp'),
    listModels: async () => [],
    findModel: async () => null,
    listInputFiles: async () => (await readdir(inputDirectory)).sort(),
    findAnnotatedFile: async (name) => {
      const segments = parseRelativePath(name)
      if (!segments) return null
      const path = join(inputDirectory, ...segments)
      return (await stat(path).catch(() => null))?.isFile() ? path : null
    },
    nodeId,
    promptId: '00000000-0000-4000-8000-000000000000',
    signal: abort.signal,
    progress: async (value, max) => {
      abort.signal.throwIfAborted()
      kept.progress.push([value, max])
    },
    sendText: (text) => kept.texts.push(text),
    sendImage: (image) => images.push(image),
    outputs: createOutputWriter({
      outputDirectory,
      job: testJob,
      naming: options.naming ?? 'comfy',
      outputKinds: options.outputKinds ?? {},
      nodeId,
      isOutputNode: true,
      signal: abort.signal,
      onFile: (file) => kept.files.push(file),
      now: () => new Date(2026, 2, 4, 5, 6, 7),
      random: () => 0,
    }),
    models: {
      device: 'cpu',
      open: async (path) => {
        throw new NodeError(`no models on this bench: ${path}`)
      },
      network: () => {
        throw new Error('no models in this test')
      },
      clipTokenizer: async () => {
        throw new Error('no models in this test')
      },
      unloadAll: async () => undefined,
    },
    prompt: options.prompt ?? {},
    metadata: options.metadata ?? true,
    extraPngInfo: options.extraPngInfo ?? {},
  }
  return {
    context,
    root,
    inputDirectory,
    outputDirectory,
    ...kept,
    images,
    abort,
    pathOf: ({ subfolder, filename }) => join(outputDirectory, subfolder, filename),
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

/** The output values of a node that does not expand. */
export function valuesOf(result: NodeResult): readonly unknown[] {
  if (Array.isArray(result)) return result
  if ('ui' in result) return result.result ?? []
  throw new Error('the node expanded')
}

/** What a node shows. */
export function uiOf(result: NodeResult): Record<string, unknown[]> {
  if (!Array.isArray(result) && 'ui' in result) return result.ui
  throw new Error('the node shows nothing')
}
