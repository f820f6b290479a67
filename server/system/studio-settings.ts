/** @file What the studio itself is set to, kept in `settings.json`. Choices of one browser stay in that browser. */
import { readFile } from 'node:fs/promises'
import { type StudioSettings, studioSettingsSchema } from '#contracts/storage'
import { writeFileDurably } from '#platform/files/durable-write'

export interface Settings {
  get(): StudioSettings
  /** Durable when it resolves. */
  set(change: Partial<StudioSettings>): Promise<StudioSettings>
}

const defaults: StudioSettings = { trash_days: 7 }

/** @param path - absolute; a file that cannot be read is as good as none */
export async function loadSettings(path: string): Promise<Settings> {
  let current = defaults
  try {
    current = studioSettingsSchema.parse({ ...defaults, ...JSON.parse(await readFile(path, 'utf8')) })
  } catch {
    // None yet, or not ours: the defaults hold until something is set.
  }
  let writing: Promise<unknown> = Promise.resolve()
  return {
    get: () => current,
    async set(change) {
      const wanted = { ...current, ...change }
      const written = writing.then(() => writeFileDurably(path, `${JSON.stringify(wanted)}\n`))
      writing = written.catch(() => undefined)
      await written
      current = wanted
      return current
    },
  }
}
