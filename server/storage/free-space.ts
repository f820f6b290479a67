/**
 * @file Carries out clean-ups: to the trash, or for good. Works in small groups and stops when its time is over, so that
 * an answer starts before a proxy gives up; whoever asked asks again.
 */
import type { AssetType, TrashEntry } from '#contracts/assets'
import type { FreedStorage } from '#contracts/storage'
import type { CleanUp } from '#contracts/vocabulary'
import { countOf, type EventSink } from '../assets/asset-events.ts'
import { deleteAssets } from '../assets/delete-assets.ts'
import type { Trash } from '../assets/trash.ts'
import type { TreeIndex } from '../assets/tree-index.ts'
import type { Candidate, Candidates, FileCleanUp } from './suggest.ts'

export interface FreeSpaceDeps {
  indexes: Record<AssetType, Pick<TreeIndex, 'root' | 'refresh'>>
  trash: Trash
  trashDirectory: string
  thumbnails: { clear(): Promise<number> }
  candidates: (days: number) => Record<FileCleanUp, Candidates>
  events: EventSink
  /** Milliseconds, monotonic. */
  clock?: () => number
  /** Milliseconds one call may work. @default 40000 */
  budget?: number
}

export interface FreeSpaceRequest {
  suggestions: readonly CleanUp[]
  days: number
  for_good: boolean
  finals: boolean
}

/** Files between two looks at the clock. */
const groupSize = 100
/** A disk answers several syncs at once sooner than one after the other. */
const lanes = 4

export function createFreeSpace(deps: FreeSpaceDeps) {
  const { indexes, trash, trashDirectory, thumbnails, candidates, events } = deps
  const { clock = () => performance.now(), budget = 40_000 } = deps

  return async ({ suggestions, days, for_good, finals }: FreeSpaceRequest): Promise<FreedStorage> => {
    const end = clock() + budget
    const result: FreedStorage = { freed: 0, moved: 0, files: 0, trashed: [], errors: [], remaining: [] }
    const isLate = () => clock() >= end
    await trash.ready

    const noted: Trash = Object.assign(Object.create(trash) as Trash, {
      async put(...what: Parameters<Trash['put']>) {
        const entry = await trash.put(...what)
        result.trashed.push(entry.id)
        result.moved += entry.size
        return entry
      },
    })

    /** Notes the step as unfinished when time runs out. */
    async function inGroups<T>(items: readonly T[], act: (group: T[]) => Promise<void>, id: CleanUp = 'trash') {
      for (let start = 0; start < items.length; start += groupSize) {
        if (start > 0 && isLate()) {
          result.remaining.push(id)
          return
        }
        await act(items.slice(start, start + groupSize))
      }
    }

    async function removeFiles(id: FileCleanUp): Promise<void> {
      const { files, finals: marked } = candidates(days)[id]
      await inGroups(
        [...files, ...(finals ? marked : [])],
        async (group) => {
          for (const type of ['outputs', 'inputs'] as const) {
            const ofType = group.filter((file) => file.type === type)
            if (ofType.length > 0) await removeGroup(type, ofType)
          }
        },
        id,
      )
    }

    async function emptyGroup(group: readonly TrashEntry[]): Promise<void> {
      const { done, errors } = await trash.purge(group.map((entry) => entry.id))
      result.files += done.length
      result.freed += done.reduce((sum, entry) => sum + entry.size, 0)
      result.errors.push(...errors)
    }

    async function removeGroup(type: AssetType, group: readonly Candidate[]): Promise<void> {
      const { root } = indexes[type]
      const options = { type, root, trashDirectory, ...(for_good ? {} : { trash: noted }) }
      const share = Math.ceil(group.length / lanes)
      const parts = Array.from({ length: lanes }, (_, lane) => group.slice(lane * share, (lane + 1) * share))
      const outcomes = await Promise.all(
        parts.map((part) =>
          deleteAssets(
            part.map((file) => file.path),
            options,
          ),
        ),
      )
      const deleted = new Set(outcomes.flatMap((outcome) => outcome.deleted))
      result.errors.push(...outcomes.flatMap((outcome) => outcome.errors))
      result.files += deleted.size
      if (for_good) for (const file of group) if (deleted.has(file.path)) result.freed += file.size
      if (deleted.size === 0) return
      await indexes[type].refresh(new Set([...deleted].map((path) => path.split('/')[0]!)))
      const message = `${countOf(deleted.size, type.slice(0, -1))} ${for_good ? 'deleted' : 'moved to the trash'}`
      events.append('assets.deleted', 'info', message, { files: [...deleted], type })
    }

    // The trash comes first: what this call moves there is to be taken back from there.
    const steps: Record<CleanUp, () => Promise<void>> = {
      trash: () => inGroups(trash.list(), emptyGroup),
      async thumbnails() {
        result.freed += await thumbnails.clear()
      },
      rejected: () => removeFiles('rejected'),
      unfinished: () => removeFiles('unfinished'),
      intermediates: () => removeFiles('intermediates'),
      unused_inputs: () => removeFiles('unused_inputs'),
      duplicates: () => removeFiles('duplicates'),
    }
    for (const id of Object.keys(steps) as CleanUp[]) {
      if (!suggestions.includes(id)) continue
      if (isLate()) result.remaining.push(id)
      else await steps[id]()
    }
    result.errors.splice(100)
    return result
  }
}

export type FreeSpace = ReturnType<typeof createFreeSpace>
