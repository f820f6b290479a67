/**
 * @file The marks that this page has asked for, until the news of them has come. A mark is shown before the pod has it, and
 * the news of an earlier one may come after a later one was shown: it must not undo it.
 */
import type { Mark } from '#contracts/vocabulary'

export interface OwnMarks {
  /**
   * Sends a change of marks once those of the same files asked for before are answered.
   * @param files - paths
   * @throws what `send` throws
   */
  send<T>(files: readonly string[], mark: Mark | null, send: () => Promise<T>): Promise<T>
  /** @returns those of the files whose mark the news may change on the screen */
  heard(files: readonly string[], mark: Mark | null): string[]
  /** The news may have been missed, or may not come: nothing is waited for any more. */
  forget(): void
}

interface Own {
  last: Mark | null
  /** answers still to come */
  waiting: number
  /** the news of the last one came before its answer */
  heard: boolean
  /** resolves with the answer to the last one */
  turn: Promise<unknown>
}

export function createOwnMarks(): OwnMarks {
  const marks = new Map<string, Own>()
  return {
    async send(files, mark, send) {
      const before = Promise.allSettled(files.map((file) => marks.get(file)?.turn))
      const turn = before.then(send)
      const own = files.map((file): [string, Own] => {
        const entry = { last: mark, waiting: (marks.get(file)?.waiting ?? 0) + 1, heard: false, turn }
        marks.set(file, entry)
        return [file, entry]
      })
      let failed = true
      try {
        const answer = await turn
        failed = false
        return answer
      } finally {
        for (const [file] of own) {
          const entry = marks.get(file)
          if (entry === undefined) continue
          entry.waiting -= 1
          if (entry.waiting === 0 && (failed || entry.heard)) marks.delete(file)
        }
      }
    },

    heard: (files, mark) =>
      files.filter((file) => {
        const own = marks.get(file)
        if (own === undefined || own.heard) return true
        const isLast = own.last === mark && own.waiting <= 1
        if (own.waiting > 0) own.heard = isLast
        else if (isLast) marks.delete(file)
        return isLast
      }),

    forget: () => marks.clear(),
  }
}
