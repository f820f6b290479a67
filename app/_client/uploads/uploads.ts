/**
 * @file Uploads as every page has them: the list is there from the start, the queue that works on it comes with the first
 * use of the page, before there is a first file. A connection that is cut just then is waited for, as files must not get lost.
 */
import { createStore } from 'zustand/vanilla'
import type { QueueOptions, UploadQueue } from './queue.ts'
import { createPauses } from './retry.ts'
import type { Upload } from './upload.ts'

export type UploadList = ReturnType<typeof createUploadList>
export const createUploadList = () => createStore<{ uploads: readonly Upload[] }>(() => ({ uploads: [] }))

export interface Uploads {
  list: UploadList
  /** The queue, loaded when it is not there yet; never rejects. */
  queue(): Promise<UploadQueue>
  /** Takes files on. @returns their ids, in order */
  add(files: readonly File[]): Promise<number[]>
  /** The pod can be reached again: whoever waits for that tries at once. */
  wake(): void
}

export function createUploads(options: Omit<QueueOptions, 'list'>): Uploads {
  const list = createUploadList()
  const pauses = createPauses()
  let loading: Promise<UploadQueue> | null = null
  let loaded: UploadQueue | null = null

  async function load(): Promise<UploadQueue> {
    for (let attempt = 0; ; attempt++) {
      try {
        const { createUploadQueue } = await import('./queue.ts')
        loaded = createUploadQueue({ ...options, list })
        return loaded
      } catch {
        await pauses.pause(attempt)
      }
    }
  }
  const queue = () => {
    loading ??= load()
    return loading
  }
  return {
    list,
    queue,
    add: async (files) => (await queue()).add(files),
    wake() {
      pauses.wake()
      loaded?.wake()
    },
  }
}
