/** @file What the model loaders share: the list of files to choose from, and how a chosen file becomes a session. */
import { stat } from 'node:fs/promises'
import type { ModelSession } from '../../models/store.ts'
import { type NodeContext, type NodeEnvironment, NodeError } from '../define.ts'

/**
 * Endings of files that are models, readable or not: a pickle is offered, so that choosing it says why it is refused.
 * The weights beside a `.param` are part of it and not offered.
 */
const offered = ['.onnx', '.param', '.safetensors', '.pth', '.pt', '.ckpt', '.bin']

/** Choices of a loader's combo. */
export async function listModelFiles(folder: string, environment: NodeEnvironment): Promise<string[]> {
  const names = await environment.listModels(folder)
  const all = new Set(names)
  return names.filter((name) => {
    const ending = /\.[^./]+$/.exec(name.toLowerCase())?.[0] ?? ''
    if (!offered.includes(ending)) return false
    return ending !== '.bin' || !all.has(`${name.slice(0, -ending.length)}.param`)
  })
}

/** @throws NodeError when the file is gone, or is no model that this engine opens */
export async function openChosenModel(folder: string, name: string, context: NodeContext): Promise<ModelSession> {
  const path = await context.findModel(folder, name)
  if (path === null) throw new NodeError(`The model ${name} is not in models/${folder}`, 'FileNotFoundError')
  const { session } = await context.models.open(path)
  return session
}

/** Changes when the chosen file is replaced, so that its loader runs again. */
export async function modelFileMark(folder: string, name: unknown, environment: NodeEnvironment): Promise<string> {
  const path = typeof name === 'string' ? await environment.findModel(folder, name) : null
  if (path === null) return 'missing'
  const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true })
  return [dev, ino, size, mtimeNs].join(':')
}
