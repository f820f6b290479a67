/** @file What a person does to a selection, by name or by query: outputs are marked, files of either root moved to the trash. */
import type { InputSelectionInput } from '#contracts/assets'
import type { SelectionInput, SetMarks, SetMarksResult, TrashSelectionResult } from '#contracts/outputs'
import { postJson } from '../http.ts'

/** `null` takes the mark away. */
export const setMarks = (selection: SelectionInput, mark: SetMarks['mark']) =>
  postJson<SetMarksResult>('/api/admin/selection/marks', { selection, mark } satisfies SetMarks)

/** `ids` in the answer are the undo: {@link restoreFromTrash}. */
export const trashSelection = ({ type, selection }: SelectionOf) =>
  postJson<TrashSelectionResult>(`/api/admin/${type === 'inputs' ? 'assets/inputs' : 'selection'}/trash`, { selection })

/** A selection as the server takes it, and the root that it is of. */
export type SelectionOf =
  | { type: 'outputs'; selection: SelectionInput }
  | { type: 'inputs'; selection: InputSelectionInput }
