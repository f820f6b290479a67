/** @file What this browser remembers about how a person likes the studio. Nothing here leaves the browser. */
import * as z from 'zod'
import { createStore } from 'zustand/vanilla'

const schema = z.object({
  /** single-key shortcuts; WCAG 2.1.4 asks for a way to turn them off */
  shortcuts: z.boolean().catch(true),
  /** step of the grid's row height, 0 small to 4 large */
  tileSize: z.number().min(0).max(4).catch(2),
  details: z.boolean().catch(true),
  livePreview: z.boolean().catch(true),
})
export type Preferences = z.infer<typeof schema>

const storageKey = 'studio.preferences'

/** Starts with the defaults, as the server rendered them; {@link rememberPreferences} brings what was saved. */
export const createPreferencesStore = () => createStore<Preferences>(() => schema.parse({}))

/** Loads what was saved and saves every change from then on. */
export function rememberPreferences(store: PreferencesStore, storage: Storage) {
  store.setState(read(storage))
  return store.subscribe((state) => {
    try {
      storage.setItem(storageKey, JSON.stringify(state))
    } catch {
      // Full or forbidden storage: the choice holds until the page closes.
    }
  })
}

function read(storage: Storage): Preferences {
  let saved: unknown = {}
  try {
    saved = JSON.parse(storage.getItem(storageKey) ?? '{}')
  } catch {
    saved = {}
  }
  const parsed = schema.safeParse(saved)
  return parsed.success ? parsed.data : schema.parse({})
}

export type PreferencesStore = ReturnType<typeof createPreferencesStore>
