/**
 * @file Which files of a job's record still lie on disk, and how they are marked, asked of the outputs index. What a job is writing right now is
 * believed until the index has looked.
 */
import type { JobFile } from '#contracts/jobs'
import type { Mark } from '#contracts/vocabulary'
import type { TreeIndex } from './assets/tree-index.ts'

export interface RecordedFiles {
  isPresent(file: JobFile): boolean
  markOf(file: JobFile): Mark | undefined
  /** The engine changed the folder of this job: the index looks at it now. Resolves when it has. */
  changed(job: string): Promise<void>
}

export function createRecordedFiles(
  index: Pick<TreeIndex, 'find' | 'folder' | 'looseMarks' | 'refresh' | 'ready'>,
  onError: (error: unknown) => void,
): RecordedFiles {
  /** Job → looks under way. */
  const looking = new Map<string, number>()
  let scanned = false
  index.ready.then(() => {
    scanned = true
  }, onError)

  return {
    isPresent({ subfolder, filename }) {
      if (!scanned || looking.has(subfolder.split('/', 1)[0]!)) return true
      return index.find(subfolder === '' ? filename : `${subfolder}/${filename}`) !== undefined
    },
    markOf({ subfolder, filename }) {
      if (subfolder === '') return index.looseMarks.get(filename)
      const [folder, ...inside] = subfolder.split('/')
      return index.folder(folder!)?.marks.get([...inside, filename].join('/'))
    },
    async changed(job) {
      looking.set(job, (looking.get(job) ?? 0) + 1)
      await index.refresh([job]).catch(onError)
      const left = looking.get(job)! - 1
      if (left === 0) looking.delete(job)
      else looking.set(job, left)
    },
  }
}
