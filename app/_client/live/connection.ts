/** @file How news reaches this page: told apart from the engine's state, as the one says nothing about the other. */
import { createStore } from 'zustand/vanilla'

export interface Connection {
  /** `live`: stream open; `polling`: stream does not get through, asked every few seconds; `lost`: nothing does */
  state: 'connecting' | 'live' | 'polling' | 'lost'
  /** milliseconds since the epoch of the last news, or null before the first */
  heardAt: number | null
  /** the session ended; the page stays and asks for the key */
  signedOut: boolean
  /** the server is of another build than this page */
  outdated: boolean
}

export const createConnectionStore = () =>
  createStore<Connection>(() => ({ state: 'connecting', heardAt: null, signedOut: false, outdated: false }))

export type ConnectionStore = ReturnType<typeof createConnectionStore>
