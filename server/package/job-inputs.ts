/** @file Which files of the input directory a job used: every text in its graph and its form that names one. */
import type { JobRecord } from '#contracts/jobs'
import { parseRelativePath } from '#contracts/relative-path'

/** `photo.png [input]`: ComfyUI writes the directory behind a name; only the input directory counts here. */
const annotation = /\s*\[(input|output|temp)\]$/

/** Relative paths that may be inputs, each once; whether they exist is for the caller to see. */
export function inputPathsOf(record: Pick<JobRecord, 'prompt' | 'inputs'>): string[] {
  const paths = new Set<string>()
  const visit = (value: unknown, depth: number): void => {
    if (typeof value === 'string') {
      const directory = annotation.exec(value)?.[1]
      if (directory !== undefined && directory !== 'input') return
      const path = value.replace(annotation, '')
      // A file has an extension; prompts and settings mostly have none, and are spared a look at the disk.
      if (/\.[A-Za-z0-9]{1,5}$/.test(path) && parseRelativePath(path)) paths.add(path)
    } else if (typeof value === 'object' && value !== null && depth < 8) {
      for (const inner of Object.values(value)) visit(inner, depth + 1)
    }
  }
  visit(record.prompt, 0)
  visit(record.inputs, 0)
  return [...paths]
}
