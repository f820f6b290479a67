/**
 * @file ComfyUI's `extra_model_paths.yaml`: more directories for the model folders, in sections with a base path. Reads
 * the file; where the directories are searched is `model-folders.ts`.
 */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'

/** A directory that a file names for a model folder. */
export interface ExtraModelDirectory {
  /** As the file names it; old names such as `unet` are understood. */
  folder: string
  /** Absolute. */
  directory: string
  /** Searched before the engine's own directories. */
  isDefault: boolean
}

/** Largest file that is read, bytes. */
const maxLength = 1024 * 1024

const sectionsSchema = z.record(
  z.string(),
  z
    .looseObject({ base_path: z.string().optional(), is_default: z.boolean().optional() })
    .nullable()
    .transform((section) => section ?? {}),
)

/**
 * @param file - absolute path
 * @param environment - for `$NAME` in base paths
 * @throws Error in words, when the file cannot be read or is no such file
 */
export async function readExtraModelPaths(
  file: string,
  environment: NodeJS.ProcessEnv,
): Promise<ExtraModelDirectory[]> {
  const text = await readFile(file, 'utf8')
  if (text.length > maxLength) throw new Error('it is too large to be a list of directories')
  const parsed = sectionsSchema.safeParse(parse(text) ?? {})
  if (!parsed.success) throw new Error('it is not a list of sections with directories')
  return Object.values(parsed.data).flatMap((section) => directoriesOf(section, file, environment))
}

function directoriesOf(
  { base_path: base, is_default: isDefault = false, ...folders }: Record<string, unknown>,
  file: string,
  environment: NodeJS.ProcessEnv,
): ExtraModelDirectory[] {
  const root = resolve(dirname(file), typeof base === 'string' ? expand(base, environment) : '.')
  return Object.entries(folders).flatMap(([folder, value]) => {
    if (typeof value !== 'string') return []
    const lines = value.split('\n').map((line) => line.trim())
    return lines
      .filter((line) => line !== '')
      .map((line) => ({
        folder,
        directory: resolve(root, line),
        isDefault: isDefault === true,
      }))
  })
}

/** `~` and `$NAME` or `${NAME}`, as a shell reads them; unknown names stay. */
function expand(path: string, environment: NodeJS.ProcessEnv): string {
  const named = path.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (whole, braced, bare) => environment[(braced ?? bare) as string] ?? whole,
  )
  return named === '~' || named.startsWith('~/') ? join(homedir(), named.slice(1)) : named
}
