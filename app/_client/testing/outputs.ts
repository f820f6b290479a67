/** @file Listed outputs for tests, complete and valid; a test names only what it is about. */
import type { OutputFile, OutputGroup, OutputSummary } from '#contracts/outputs'
import type { OutputPages } from '../live/apply-outputs.ts'

export const anOutput = (folder: string, more: Partial<OutputFile> = {}): OutputFile => {
  const kind = more.kind ?? 'final'
  return {
    ...{ filename: `${kind}_00001.png`, subfolder: `${folder}/${kind}`, kind, media: 'image', size: 10 },
    ...{ modified: 5, width: 1024, height: 768, duration: null },
    ...more,
  }
}

export const aGroup = (folder: string, more: Partial<OutputGroup> = {}): OutputGroup => ({
  ...{ folder, title: 'Enlarge', workflow: 'enlarge', status: 'completed', at: 50, seconds: 5, error: null },
  record: true,
  files: [anOutput(folder)],
  ...more,
})

export function outputPages(...groups: OutputGroup[]): OutputPages {
  const files = groups.flatMap((group) => group.files)
  const sum = (of: OutputFile[]) => ({ files: of.length, bytes: of.reduce((bytes, { size }) => bytes + size, 0) })
  const where = <K extends 'kind' | 'media'>(key: K, value: OutputFile[K]) => sum(files.filter((f) => f[key] === value))
  const summary: OutputSummary = {
    ...sum(files),
    jobs: groups.length,
    kinds: {
      final: where('kind', 'final'),
      preview: where('kind', 'preview'),
      intermediate: where('kind', 'intermediate'),
    },
    media: { image: where('media', 'image'), video: where('media', 'video') },
  }
  return { pages: [{ groups, summary, next_cursor: null }], pageParams: [''] }
}
