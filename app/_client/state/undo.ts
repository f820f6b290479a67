/** @file The way back of what was deleted last, for Ctrl + Z; the toast that says so has the same one. */

export interface UndoStack {
  /** @returns forgets it, when the way back was taken otherwise */
  push(undo: () => Promise<void>): () => void
  /** Undoes the newest. @returns false when there is nothing */
  undo(): boolean
}

/** How many deletions can be taken back one after the other; older ones are in the trash. */
const most = 50

export function createUndoStack(): UndoStack {
  let steps: (() => Promise<void>)[] = []
  return {
    push(undo) {
      steps = [...steps, undo].slice(-most)
      return () => {
        steps = steps.filter((step) => step !== undo)
      }
    },
    undo() {
      const last = steps.pop()
      void last?.()
      return last !== undefined
    },
  }
}
