/** @file What the form can run: a workflow of the pod by its id, or one that was dropped and is not kept. */
import type { InspectedWorkflow, WorkflowFile, WorkflowSummary } from '#contracts/workflows'

export interface Runnable {
  name: string
  /** under which the last values are remembered */
  key: string
  inputs: WorkflowSummary['inputs']
  models: WorkflowSummary['models']
  missing: WorkflowSummary['missing']
  what: { id: string } | { file: WorkflowFile }
}

export const ofWorkflow = ({ id, name, inputs, models, missing }: WorkflowSummary): Runnable => ({
  ...{ name, key: id, inputs, models, missing },
  what: { id },
})

export const ofDropped = ({ workflow, missing }: InspectedWorkflow): Runnable => {
  const { name, inputs, models } = workflow
  return { ...{ name, key: `dropped ${name}`, inputs, models, missing }, what: { file: workflow } }
}
