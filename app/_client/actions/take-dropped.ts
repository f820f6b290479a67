/** @file What was dropped or pasted on a page: media become inputs, a workflow opens in the runner. Loaded with the first drop. */
import { notify } from '../notify.ts'
import { droppedFiles } from '../uploads/dropped.ts'
import type { Transferred } from '../uploads/transferred.ts'
import type { Uploads } from '../uploads/uploads.ts'
import { isWorkflowFile } from '../uploads/workflow-files.ts'
import { type Opening, offerWorkflow, openWorkflow } from './open-workflow.ts'

/** Never rejects: what cannot be taken is said. */
export async function takeDropped(given: Transferred, uploads: Uploads, opening: Opening): Promise<void> {
  let files: File[]
  try {
    files = await droppedFiles(given)
  } catch {
    notify.error('What was dropped could not be read.')
    return
  }
  if (files.length === 0) {
    notify.warning('Nothing in it that could be added.')
    return
  }
  const workflows = files.filter(isWorkflowFile)
  const media = files.filter((file) => !isWorkflowFile(file))
  if (media.length > 0) void uploads.add(media)
  await (workflows.length > 0 ? openWorkflow(workflows, opening) : offerWorkflow(media, opening))
}
