/** @file Writes marks: each folder's file is read, changed and replaced, one change of a folder after the other. */
import { join } from 'node:path'
import type { Mark } from '#contracts/vocabulary'
import type { TreeIndex } from '../assets/tree-index.ts'
import { readMarks, writeMarks } from './marks-file.ts'

export interface Marker {
  /**
   * @param files - folder below the root (empty: the root itself) → paths relative to that folder, all of them there
   * @param mark - null takes it away
   * @returns how many have it now, and per folder that could not be written one reason
   */
  set(
    files: ReadonlyMap<string, readonly string[]>,
    mark: Mark | null,
  ): Promise<{ marked: number; errors: string[]; folders: string[] }>
}

/** Folders written at once: each waits for the disk three times. */
const atOnce = 8

export function createMarker(index: Pick<TreeIndex, 'root' | 'refresh'>): Marker {
  /** Folder → the change of it that is under way. */
  const busy = new Map<string, Promise<unknown>>()

  function inTurn<T>(folder: string, work: () => Promise<T>): Promise<T> {
    const turn = (busy.get(folder) ?? Promise.resolve()).then(work, work)
    busy.set(folder, turn)
    void turn
      .catch(() => undefined)
      .then(() => {
        if (busy.get(folder) === turn) busy.delete(folder)
      })
    return turn
  }

  async function change(folder: string, paths: readonly string[], mark: Mark | null): Promise<void> {
    const directory = join(index.root, folder)
    const marks = new Map(readMarks(directory))
    for (const path of paths) {
      if (mark === null) marks.delete(path)
      else marks.set(path, mark)
    }
    await writeMarks(directory, marks)
  }

  return {
    async set(files, mark) {
      const result = { marked: 0, errors: [] as string[], folders: [] as string[] }
      const waiting = files.entries()
      const worker = async () => {
        for (const [folder, paths] of waiting) {
          try {
            await inTurn(folder, () => change(folder, paths, mark))
            result.marked += paths.length
            result.folders.push(folder)
          } catch (error) {
            const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'not found' : wordsOf(error)
            for (const path of paths) result.errors.push(`${folder === '' ? path : `${folder}/${path}`}: ${reason}`)
          }
        }
      }
      await Promise.all(Array.from({ length: atOnce }, worker))
      await index.refresh(result.folders)
      return result
    },
  }
}

function wordsOf(error: unknown): string {
  return `the mark could not be written (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`
}
