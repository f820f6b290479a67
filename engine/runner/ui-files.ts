/** @file Whether the files that a cached UI output names are still there: people delete results, and then they must be made again. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { UiOutput } from '#contracts/comfy/messages'
import { parseRelativePath } from '#contracts/relative-path'

export interface UiFileRoots {
  input: string
  output: string
  temp: string
}

/** True when every file is there, also when none is named. */
export async function uiFilesExist(ui: UiOutput, roots: UiFileRoots): Promise<boolean> {
  for (const items of Object.values(ui)) {
    for (const item of items) if (isFileTriple(item) && !(await exists(item, roots))) return false
  }
  return true
}

interface FileTriple {
  filename: string
  subfolder: string
  type: string
}

function isFileTriple(item: unknown): item is FileTriple {
  const triple = item as Partial<FileTriple> | null
  return typeof triple === 'object' && typeof triple?.filename === 'string' && typeof triple.type === 'string'
}

async function exists({ filename, subfolder, type }: FileTriple, roots: UiFileRoots): Promise<boolean> {
  const segments = parseRelativePath(subfolder ? `${subfolder}/${filename}` : filename)
  if (segments === null) return false
  for (const root of rootsOf(type, roots)) {
    const stats = await stat(join(root, ...segments)).catch(() => null)
    if (stats?.isFile()) return true
  }
  return false
}

/** Previews are `temp` on the wire while their files lie in the job's own folder. */
function rootsOf(type: string, { input, output, temp }: UiFileRoots): string[] {
  if (type === 'temp') return [output, temp]
  return type === 'input' ? [input] : [output]
}
