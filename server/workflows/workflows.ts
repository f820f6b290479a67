/** @file The workflows of the studio: the files, joined with what they miss now. */
import type { WorkflowFile, WorkflowList, WorkflowSummary } from '#contracts/workflows'
import { StudioError } from '../http/errors.ts'
import type { Requirements } from './requirements.ts'
import type { LoadedWorkflow, WorkflowFiles } from './workflow-files.ts'

export interface Workflows {
  list(): Promise<WorkflowList>
  /** @throws StudioError `not_found`, or `invalid_workflow` with the reason when the file cannot be used */
  require(id: string): Promise<LoadedWorkflow>
  /** The same with what is missing, and the graph. */
  describe(id: string): Promise<WorkflowSummary & { prompt: WorkflowFile['prompt'] }>
}

export function createWorkflows(files: WorkflowFiles, requirements: Requirements): Workflows {
  async function summarize({ id, shipped, file }: LoadedWorkflow): Promise<WorkflowSummary> {
    const { name, description, category, inputs, outputs, models } = file
    const missing = await requirements.missingOf(file)
    const ready = missing.models.length === 0 && missing.nodes.length === 0
    return { id, name, description, category, inputs, outputs, models, missing, ready, shipped }
  }

  async function require(id: string): Promise<LoadedWorkflow> {
    const { workflows, broken } = await files.load()
    const workflow = workflows.find((candidate) => candidate.id === id)
    if (workflow) return workflow
    const reason = broken.find(({ file }) => file === `${id}.json`)?.reason
    if (reason) throw new StudioError('invalid_workflow', `The workflow file cannot be used: ${reason}`)
    throw new StudioError('not_found', 'There is no such workflow')
  }

  return {
    require,
    async list() {
      const { workflows, broken } = await files.load()
      return { workflows: await Promise.all(workflows.map(summarize)), broken }
    },
    async describe(id) {
      const workflow = await require(id)
      return { ...(await summarize(workflow)), prompt: workflow.file.prompt }
    },
  }
}
