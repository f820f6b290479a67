/** @file Opening a dropped workflow in the runner. Loaded with the first one that is dropped. */
import { inWords } from '../api-error.ts'
import { notify } from '../notify.ts'
import type { DroppedWorkflow } from '../state/dropped-workflow.ts'
import { carriesWorkflow } from '../uploads/workflow-files.ts'
import { inspectWorkflow } from './workflows.ts'

export interface Opening {
  show: DroppedWorkflow['show']
  go: (address: string) => void
}

/** Opens the first; one form is shown at a time. Never rejects: what is no workflow is said. */
export async function openWorkflow([file, ...others]: readonly File[], { show, go }: Opening): Promise<void> {
  if (file === undefined) return
  try {
    show(await inspectWorkflow(file))
    go('/run')
  } catch (error) {
    notify.error(`${file.name} was not opened`, { description: inWords(error) })
    return
  }
  if (others.length > 0) {
    notify.warning(`Only ${file.name} was opened`, { description: 'Drop workflows one at a time.' })
  }
}

/** A picture is an input first; that it carries a workflow, too, is offered when it came alone. */
export async function offerWorkflow([picture, ...others]: readonly File[], opening: Opening): Promise<void> {
  if (picture === undefined || others.length > 0 || !(await carriesWorkflow(picture).catch(() => false))) return
  const onClick = () => void openWorkflow([picture], opening)
  notify.plain(`${picture.name} was made with a workflow`, {
    action: { label: 'Open the workflow', onClick },
    duration: 12_000,
  })
}
