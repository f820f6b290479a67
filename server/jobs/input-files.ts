/**
 * @file Whether a name that a workflow gets as a picture or video names a file: in the input directory, or in the output
 * directory with ComfyUI's ` [output]` behind it. The engine opens it; this only says so earlier and in words.
 */
import { parseRelativePath } from '#contracts/relative-path'
import { openBeneath } from '#platform/files/open-beneath'

export function createInputFiles(roots: { input: string; output: string }): (name: string) => Promise<boolean> {
  return async (name) => {
    const annotated = /^(.*) \[(input|output)\]$/s.exec(name)
    const segments = parseRelativePath(annotated?.[1] ?? name)
    if (!segments) return false
    const file = await openBeneath(annotated?.[2] === 'output' ? roots.output : roots.input, segments)
    await file?.handle.close()
    return file !== null
  }
}
