/** @file What a person does to workflows: look at a dropped file, keep it, rename and delete what was kept. */
import type { InspectedWorkflow, SaveWorkflow, WorkflowSummary } from '#contracts/workflows'
import { postFile, postJson } from '../http.ts'

const at = (id: string, verb: 'rename' | 'delete') => `/api/admin/workflows/${encodeURIComponent(id)}/${verb}`

/** @throws ApiError 400 with why the file is no workflow, and what to do */
export const inspectWorkflow = (file: File) =>
  postFile<InspectedWorkflow>(`/api/admin/workflows/inspect?name=${encodeURIComponent(file.name.slice(-200))}`, file)

/** @throws ApiError 409 when the name is taken */
export const saveWorkflow = (body: SaveWorkflow) => postJson<WorkflowSummary>('/api/admin/workflows', body)

export const renameWorkflow = (id: string, name: string) => postJson<WorkflowSummary>(at(id, 'rename'), { name })

export const deleteWorkflow = (id: string) => postJson<unknown>(at(id, 'delete'), {})
