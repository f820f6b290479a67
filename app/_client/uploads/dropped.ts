/** @file The files in a drop or a paste, folders opened. Only pictures and videos; the rest is counted, not sent. */
import { mediaKindOfName } from '#contracts/media'

export interface Dropped {
  files: File[]
  /** names of what the studio does not take */
  refused: string[]
}

/** Must be called inside the event handler: the browser empties the transfer afterwards. */
export async function droppedFiles(transfer: DataTransfer): Promise<Dropped> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? [])
  const plain = [...transfer.files]
  const files = entries.length > 0 ? (await Promise.all(entries.map(filesIn))).flat() : plain
  return sortOut(files)
}

/** Splits by what the studio lists. */
export function sortOut(files: readonly File[]): Dropped {
  const hidden = (file: File) => file.name.startsWith('.')
  const media = (file: File) => mediaKindOfName(file.name) !== null
  return {
    files: files.filter((file) => !hidden(file) && media(file)),
    refused: files.filter((file) => !hidden(file) && !media(file)).map((file) => file.name),
  }
}

async function filesIn(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: File[] = []
  // readEntries gives at most a hundred at a time, and an empty list at the end.
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (batch.length === 0) return found
    found.push(...(await Promise.all(batch.map(filesIn))).flat())
  }
}
