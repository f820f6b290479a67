/** @file How news reaches this page: told apart from the engine's state, as the one says nothing about the other. */
import { createStore } from 'zustand/vanilla'
import { notify } from '../notify.ts'

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

/** What a person is told who asks for something that needs the pod while nothing gets through. */
export const cutReason = 'The pod cannot be reached: this works again when the line is back'

/** For what shows its effect before the pod answers. @returns whether it must not be done, which was said */
export function refusesWhileCut(connection: ConnectionStore): boolean {
  const cut = connection.getState().state === 'lost'
  if (cut) notify.warning(cutReason)
  return cut
}

export type ConnectionStore = ReturnType<typeof createConnectionStore>
