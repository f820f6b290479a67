/** @file The files in a drop or a paste, folders opened, and which of them the studio does not take. */
import { imageExtensions, mediaKindOfName, videoExtensions } from '#contracts/media'
import type { Transferred } from './transferred.ts'

/** Hidden files are left out. */
export async function droppedFiles({ entries, plain }: Transferred): Promise<File[]> {
  const files = entries.length > 0 ? (await Promise.all(entries.map(filesIn))).flat() : plain
  return files.filter((file) => !file.name.startsWith('.'))
}

const kinds = [...imageExtensions, ...videoExtensions].map((extension) => extension.slice(1)).join(', ')

/** Why a file is not even sent, or null. By name, as far as it has an ending; the pod judges by content. */
export function whyRefused({ name, type, size }: Pick<File, 'name' | 'type' | 'size'>): string | null {
  const known = mediaKindOfName(name) !== null || (!name.includes('.') && /^(image|video)\//.test(type))
  if (!known) return `Kind not accepted here (${kinds}).`
  return size === 0 ? 'The file is empty.' : null
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
