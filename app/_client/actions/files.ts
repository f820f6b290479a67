/** @file What a person does to files: to the trash, back, gone for good, and home as a zip. */

import type { AssetType, DeleteResult, InputSelectionInput, TrashListing, TrashResult } from '#contracts/assets'
import type { SelectionInput } from '#contracts/outputs'
import type { CreateOutputsZipPlan, ZipPlanAnswer } from '#contracts/zip'
import { getJson, postJson } from '../http.ts'
import { downloadByLink } from '../urls.ts'

/** Moves files or whole job folders to the trash. `errors` are sentences per entry that stayed. */
export const moveToTrash = (type: AssetType, files: readonly string[]) =>
  postJson<DeleteResult>('/api/admin/assets/delete', { type, files, trash: true })

/** Deletes for good, past the trash. */
export const deleteForGood = (type: AssetType, files: readonly string[]) =>
  postJson<DeleteResult>('/api/admin/assets/delete', { type, files })

export const restoreFromTrash = (ids: readonly string[]) => inParts('/api/admin/trash/restore', ids)

export const purgeFromTrash = (ids: readonly string[]) => inParts('/api/admin/trash/purge', ids)

/** Entries of the trash a request may name. */
const mostIds = 10_000

async function inParts(url: string, ids: readonly string[]): Promise<TrashResult> {
  const all: TrashResult = { done: [], errors: [] }
  for (let from = 0; from < ids.length; from += mostIds) {
    const { done, errors } = await postJson<TrashResult>(url, { ids: ids.slice(from, from + mostIds) })
    all.done.push(...done)
    all.errors.push(...errors)
  }
  return all
}

/** Undo of {@link moveToTrash}: restores the newest trash entry of each path. */
export async function takeBack(type: AssetType, paths: readonly string[]) {
  const wanted = new Set(paths.map((path) => path.replace(/\/$/, '')))
  const { entries } = await getJson<TrashListing>('/api/admin/trash')
  const newest = new Map<string, (typeof entries)[number]>()
  for (const entry of entries) {
    if (entry.type !== type || !wanted.has(entry.path)) continue
    const known = newest.get(entry.path)
    if (known === undefined || known.trashed_at < entry.trashed_at) newest.set(entry.path, entry)
  }
  return restoreFromTrash([...newest.values()].map((entry) => entry.id))
}

/** What a zip holds: jobs, single paths or a selection of the outputs, of some kinds or all; or a selection of the inputs. */
export type ZipSelection =
  | (Omit<CreateOutputsZipPlan, 'type' | 'selection'> & { type?: 'outputs'; selection?: SelectionInput })
  | { type: 'inputs'; selection: InputSelectionInput }

/** Has the server freeze the list, then starts the download: its exact size is known, so it shows progress and resumes. */
export async function downloadZip(selection: ZipSelection) {
  const plan = await postJson<ZipPlanAnswer>('/api/admin/zip-plans', { type: 'outputs', ...selection })
  downloadByLink(plan.url)
  return plan
}
