/** @file One file on its way to the pod, and small questions about it. */

export interface Upload {
  id: number
  name: string
  /** bytes */
  size: number
  /** `File.lastModified`: with name and size it tells whether a file is the same one */
  modified: number | null
  /** null while it must be chosen again */
  file: File | null
  /**
   * `cut`: goes on by itself; `paused`: by a person; `unfinished`: known to the pod only, the file must be chosen again;
   * `failed`: trying again may help; `refused`: it does not
   */
  state: 'waiting' | 'sending' | 'cut' | 'paused' | 'unfinished' | 'done' | 'failed' | 'refused' | 'cancelled'
  /** bytes */
  sent: number
  /** bytes per second, smoothed */
  speed: number
  /** why it is cut, failed or refused, in words */
  error: string | null
  /** name in the library once done */
  stored: string | null
  /** address of the upload on the pod */
  url: string | null
}

type State = Upload['state']

const oneOf =
  (...states: State[]) =>
  ({ state }: Upload) =>
    states.includes(state)

/** Takes one of the places at a time. */
export const isOnItsWay = oneOf('sending', 'cut')
/** Goes on without anybody doing something. */
export const isRunning = oneOf('waiting', 'sending', 'cut')
/** Something is still to come. */
export const isOpen = oneOf('waiting', 'sending', 'cut', 'paused', 'unfinished')
/** Counts in the total. */
export const isCounted = oneOf('waiting', 'sending', 'cut', 'paused', 'unfinished', 'done')

export const isSameFile = ({ name, size, modified }: Upload, file: File) =>
  name === file.name && size === file.size && modified === file.lastModified

/** 0 to 1 */
export const shareOf = ({ sent, size }: Pick<Upload, 'sent' | 'size'>) => (size === 0 ? 0 : Math.min(1, sent / size))
