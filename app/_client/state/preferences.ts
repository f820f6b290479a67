/** @file What this browser remembers about how a person likes the studio. Nothing here leaves the browser. */
import { createStore } from 'zustand/vanilla'

export interface Preferences {
  /** single-key shortcuts; WCAG 2.1.4 asks for a way to turn them off */
  shortcuts: boolean
  /** step of the grid's row height, 0 small to 4 large */
  tileSize: number
  details: boolean
  livePreview: boolean
  /** milliseconds between two pictures of a running job; 0 shows each one that comes */
  previewEvery: number
  /** the viewer's zoom and place stay on the way to the next picture */
  zoomLock: boolean
  /** a notification when a job ends while the page is not seen */
  tellWhenDone: boolean
  /** a short tone when a job ends */
  soundWhenDone: boolean
}

/** What {@link Preferences.previewEvery} may be, milliseconds. */
export const previewPaces = [0, 1000, 5000, 15_000] as const

const defaults: Readonly<Preferences> = {
  shortcuts: true,
  tileSize: 2,
  details: true,
  livePreview: true,
  previewEvery: 0,
  zoomLock: true,
  tellWhenDone: false,
  soundWhenDone: false,
}

const storageKey = 'studio.preferences'

/** Starts with the defaults, as the server rendered them; {@link rememberPreferences} brings what was saved. */
export const createPreferencesStore = () => createStore<Preferences>(() => ({ ...defaults }))

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

/** What was saved, as far as it is still of the right kind; anything may stand in a browser's storage. */
function read(storage: Storage): Preferences {
  let saved: Partial<Record<keyof Preferences, unknown>> = {}
  try {
    saved = Object(JSON.parse(storage.getItem(storageKey) ?? '{}'))
  } catch {
    // Not ours: the defaults.
  }
  const flag = (name: 'shortcuts' | 'details' | 'livePreview' | 'zoomLock' | 'tellWhenDone' | 'soundWhenDone') =>
    typeof saved[name] === 'boolean' ? saved[name] : defaults[name]
  const { tileSize, previewEvery } = saved
  return {
    shortcuts: flag('shortcuts'),
    tileSize: typeof tileSize === 'number' && tileSize >= 0 && tileSize <= 4 ? tileSize : defaults.tileSize,
    details: flag('details'),
    livePreview: flag('livePreview'),
    previewEvery: previewPaces.find((pace) => pace === previewEvery) ?? defaults.previewEvery,
    zoomLock: flag('zoomLock'),
    tellWhenDone: flag('tellWhenDone'),
    soundWhenDone: flag('soundWhenDone'),
  }
}

export type PreferencesStore = ReturnType<typeof createPreferencesStore>
