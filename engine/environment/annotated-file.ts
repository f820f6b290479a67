/**
 * @file Names with a directory written behind them, as ComfyUI passes files around: `a.png`, `sub/a.png [output]`.
 * Splitting is pure; opening goes beneath one root, through no link.
 */

import { jobIdPattern } from '#contracts/jobs'
import { parseRelativePath } from '#contracts/relative-path'
import type { OpenedFile } from '#platform/files/open-beneath'
import { openBeneath } from '#platform/files/open-beneath'

export type DirectoryType = 'input' | 'output' | 'temp'

const annotations = { ' [input]': 'input', ' [output]': 'output', ' [temp]': 'temp' } as const

export function isDirectoryType(type: string): type is DirectoryType {
  return type === 'input' || type === 'output' || type === 'temp'
}

/** Splits off the annotation; without one the type is null. */
export function splitAnnotation(name: string): { name: string; type: DirectoryType | null } {
  for (const [suffix, type] of Object.entries(annotations)) {
    if (name.endsWith(suffix)) return { name: name.slice(0, -suffix.length), type }
  }
  return { name, type: null }
}

/**
 * Opens a file by its type and the segments below that directory. Preview images are `temp` on the wire while they lie
 * in their job's `preview/`, so those are looked for there too.
 * @returns the open file (the caller closes it), or null
 */
export async function openTypedFile(
  directories: Record<DirectoryType, string>,
  type: DirectoryType,
  segments: readonly string[],
): Promise<OpenedFile | null> {
  const opened = await openBeneath(directories[type], segments)
  if (opened || type !== 'temp') return opened
  const [job, kind] = segments
  const isPreview = segments.length >= 3 && jobIdPattern.test(job!) && kind === 'preview'
  return isPreview ? openBeneath(directories.output, segments) : null
}

/** Absolute path of an annotated name, or null when it is no regular file beneath its directory. */
export async function findAnnotatedFile(
  directories: Record<DirectoryType, string>,
  annotated: string,
): Promise<string | null> {
  const { name, type } = splitAnnotation(annotated)
  const segments = parseRelativePath(name)
  if (!segments || name.endsWith('/')) return null
  const opened = await openTypedFile(directories, type ?? 'input', segments)
  if (!opened) return null
  await opened.handle.close()
  return opened.path
}
