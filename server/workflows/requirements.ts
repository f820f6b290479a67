/**
 * @file What keeps a workflow from running: node classes the engine does not have, model files that are not there.
 * The engine is asked at most every few seconds; without it models are looked for on disk, and nodes cannot be judged.
 */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { parseRelativePath } from '#contracts/relative-path'
import type { WorkflowFile, WorkflowSummary } from '#contracts/workflows'
import type { EngineClient } from '../engine-client/engine-client.ts'
import { folderNames } from '../models/folder-names.ts'

export interface Requirements {
  missingOf(workflow: WorkflowFile): Promise<WorkflowSummary['missing']>
}

export interface RequirementsOptions {
  engine: Pick<EngineClient, 'nodeClasses' | 'models'>
  /** Absolute paths of the roots that hold model folders. */
  modelRoots: readonly string[]
  /** Milliseconds. */
  now: () => number
  /** Milliseconds an answer of the engine is believed. @default 3000 */
  freshness?: number
}

export function createRequirements(options: RequirementsOptions): Requirements {
  const { engine, modelRoots, now, freshness = 3000 } = options
  const answers = new Map<string, { at: number; value: Promise<unknown> }>()

  /** One question at a time, its answer for everybody; null when the engine cannot be asked. */
  function ask<T>(question: string, load: () => Promise<T>): Promise<T | null> {
    const known = answers.get(question)
    if (known && now() - known.at < freshness) return known.value as Promise<T | null>
    const value = load().catch(() => null)
    answers.set(question, { at: now(), value })
    return value
  }

  async function hasModel(folder: string, file: string): Promise<boolean> {
    const listed = await ask(`models/${folder}`, () => engine.models(folder))
    return listed ? listed.includes(file) : isOnDisk(folder, file)
  }

  async function isOnDisk(folder: string, file: string): Promise<boolean> {
    const segments = parseRelativePath(`${folder}/${file}`)
    if (!segments) return false
    const [first, ...rest] = segments
    for (const root of modelRoots) {
      for (const name of folderNames(first!)) {
        const found = await access(join(root, name, ...rest)).then(
          () => true,
          () => false,
        )
        if (found) return true
      }
    }
    return false
  }

  return {
    async missingOf({ models, prompt }) {
      const classes = await ask('object_info', () => engine.nodeClasses())
      const used = new Set(Object.values(prompt).map((node) => node.class_type))
      const nodes = classes ? [...used].filter((name) => !classes.has(name)).sort() : []
      const missing: string[] = []
      for (const { folder, file } of models) if (!(await hasModel(folder, file))) missing.push(`${folder}/${file}`)
      return { models: missing, nodes }
    },
  }
}
