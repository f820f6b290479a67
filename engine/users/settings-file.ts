/** @file The settings of a user: one JSON file, changed by merging keys, one change after the other. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileDurably } from '#platform/files/durable-write'

const fileName = 'comfy.settings.json'

export function createSettingsFiles() {
  const changing = new Map<string, Promise<void>>()

  /** `{}` when there is no file or it is broken. @param directory - the user's, absolute */
  async function read(directory: string): Promise<Record<string, unknown>> {
    try {
      const value: unknown = JSON.parse(await readFile(join(directory, fileName), 'utf8'))
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? (value as Record<string, unknown>)
        : {}
    } catch {
      return {}
    }
  }

  return {
    read,

    /** Sets the given keys and keeps the others. */
    async merge(directory: string, changes: Record<string, unknown>): Promise<void> {
      const previous = changing.get(directory) ?? Promise.resolve()
      const change = previous
        .catch(() => undefined)
        .then(async () => {
          await mkdir(directory, { recursive: true })
          // Entries, not a spread: a key named __proto__ is a key.
          const merged = new Map([...Object.entries(await read(directory)), ...Object.entries(changes)])
          await writeFileDurably(join(directory, fileName), JSON.stringify(Object.fromEntries(merged), null, 4))
        })
      changing.set(directory, change)
      try {
        await change
      } finally {
        if (changing.get(directory) === change) changing.delete(directory)
      }
    },
  }
}

export type SettingsFiles = ReturnType<typeof createSettingsFiles>
