/**
 * @file The index of the input directory: every visible media file, at any depth. It has no watcher: the root's time is
 * looked at before each answer, the rest by the periodic look.
 */
import { keepTrue } from './keep-true.ts'
import { describeFile, describeInputFolder } from './listed-item.ts'
import type { AssetIndex, AssetIndexOptions } from './outputs-index.ts'
import { createTreeIndex } from './tree-index.ts'

/** Starts reading at once. */
export function createInputsIndex({ root, wallClock, every, onTrouble }: AssetIndexOptions): AssetIndex {
  const index = createTreeIndex({ root, describe: { folder: describeInputFolder, file: describeFile }, wallClock })
  const stop = keepTrue({ index, every, onError: onTrouble })
  return Object.assign(index, { close: async () => stop() })
}
