/** @file What a person does to a selection of outputs, by name or by query: marked, moved to the trash. */
import type { SelectionInput, SetMarks, SetMarksResult, TrashSelectionResult } from '#contracts/outputs'
import { postJson } from '../http.ts'

/** `null` takes the mark away. */
export const setMarks = (selection: SelectionInput, mark: SetMarks['mark']) =>
  postJson<SetMarksResult>('/api/admin/selection/marks', { selection, mark } satisfies SetMarks)

/** `ids` in the answer are the undo: {@link restoreFromTrash}. */
export const trashSelection = (selection: SelectionInput) =>
  postJson<TrashSelectionResult>('/api/admin/selection/trash', { selection })
