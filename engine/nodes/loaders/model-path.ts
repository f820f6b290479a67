/** @file How loader nodes name model files: the choices, the path behind a choice, and what changes when the file is replaced. */
import { stat } from 'node:fs/promises'
import { type NodeContext, type NodeEnvironment, NodeError } from '../define.ts'

/** Weights, and pickles: those are offered so that choosing one says why it is refused. */
const offered = /\.(safetensors|sft|ckpt|pt|pth|bin)$/i

export async function listWeights(folder: string, environment: NodeEnvironment): Promise<string[]> {
  return (await environment.listModels(folder)).filter((name) => offered.test(name))
}

/** @throws NodeError when the file is gone */
export async function requireModelPath(folder: string, name: string, context: NodeContext): Promise<string> {
  const path = await context.findModel(folder, name)
  if (path === null) throw new NodeError(`The model ${name} is not in models/${folder}`, 'FileNotFoundError')
  return path
}

/** Changes when one of the chosen files is replaced, so that its loader runs again. */
export async function weightsMark(
  folder: string,
  names: readonly unknown[],
  environment: NodeEnvironment,
): Promise<string> {
  const marks = names.map(async (name) => {
    const path = typeof name === 'string' ? await environment.findModel(folder, name) : null
    if (path === null) return 'missing'
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true })
    return [dev, ino, size, mtimeNs].join(':')
  })
  return (await Promise.all(marks)).join(' ')
}
