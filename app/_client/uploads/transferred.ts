/** @file What a drop or a paste carries, as far as it must be taken before the browser empties it. Small: every page has it. */

export interface Transferred {
  /** files and folders, where the browser tells them apart */
  entries: FileSystemEntry[]
  plain: File[]
}

/** Must be called inside the event handler. */
export const transferred = (transfer: DataTransfer): Transferred => ({
  entries: [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []),
  plain: [...transfer.files],
})
