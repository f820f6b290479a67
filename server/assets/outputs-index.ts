/**
 * @file The index of the output directory: every folder is a job, loose media files stand for themselves. Brings together
 * the tree, its watchers and the periodic look.
 */
import { keepTrue } from './keep-true.ts'
import { describeFile, describeJobFolder } from './listed-item.ts'
import { createTreeIndex, type TreeIndex } from './tree-index.ts'
import { watchOutputs } from './watch-outputs.ts'

/** An index that keeps itself true until it is closed. */
export interface AssetIndex extends TreeIndex {
  close(): Promise<void>
}

export interface AssetIndexOptions {
  /** Absolute path of the asset root. */
  root: string
  /** Milliseconds since 1970. */
  wallClock?: () => number
  /** Milliseconds between two looks at everything. */
  every?: number
  /** A look or a watcher failed; the index goes on. */
  onTrouble?: (error: unknown) => void
}

/** Starts reading and watching at once. */
export function createOutputsIndex({ root, wallClock, every, onTrouble }: AssetIndexOptions): AssetIndex {
  const index = createTreeIndex({ root, describe: { folder: describeJobFolder, file: describeFile }, wallClock })
  const watching = watchOutputs({ index, wallClock, onTrouble })
  const stop = keepTrue({ index, every, onError: onTrouble, onRound: watching.review })
  return Object.assign(index, {
    async close() {
      stop()
      await watching.close()
    },
  })
}
