/**
 * @file The user's own workflow files: kept, renamed, deleted. A name becomes a file name by rule, so that no name leads
 * anywhere else; nothing that is there is replaced without being asked.
 */
import { mkdir, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ownWorkflowId, type WorkflowFile } from '#contracts/workflows'
import { publishFile, temporaryPathBeside, writeFileDurably } from '#platform/files/durable-write'
import { StudioError } from '../http/errors.ts'
import { parseWorkflow, type WorkflowFiles } from './workflow-files.ts'

export interface OwnWorkflows {
  /** @returns its id. @throws StudioError `conflict` when the name is taken, `invalid_workflow` when it cannot be used */
  save(name: string, workflow: WorkflowFile, replace: boolean): Promise<string>
  /** Changes what it is called; its id stays, as past runs name it. @throws StudioError `not_found`, `conflict` for a shipped one */
  rename(id: string, name: string): Promise<void>
  /** For good. @throws StudioError `not_found`, `conflict` for a shipped one */
  delete(id: string): Promise<void>
}

/** @param directory - the user's folder, absolute; made when needed */
export function createOwnWorkflows(directory: string, files: WorkflowFiles): OwnWorkflows {
  const pathOf = (id: string) => join(directory, `${id}.json`)

  function textOf(workflow: WorkflowFile): string {
    const text = `${JSON.stringify(workflow, null, 2)}\n`
    const parsed = parseWorkflow(text)
    if ('reason' in parsed) throw new StudioError('invalid_workflow', `The workflow cannot be used: ${parsed.reason}`)
    return text
  }

  async function requireOwn(id: string) {
    const { workflows, broken } = await files.load()
    const workflow = workflows.find((candidate) => candidate.id === id)
    if (workflow?.shipped) throw new StudioError('conflict', 'This workflow came with the studio and stays as it is')
    // A file that cannot be used can be deleted too; its name was read from the folder.
    if (!workflow && !broken.some(({ file }) => file === `${id}.json`)) {
      throw new StudioError('not_found', 'There is no such workflow')
    }
    return workflow ?? null
  }

  return {
    async save(name, workflow, replace) {
      const id = idOf(name)
      const text = textOf({ ...workflow, name })
      const { workflows, broken } = await files.load()
      const known = workflows.find((candidate) => candidate.id === id)
      if (known?.shipped)
        throw new StudioError('conflict', `“${known.file.name}” came with the studio: choose another name`)
      const taken = new StudioError(
        'conflict',
        `There is a workflow “${known?.file.name ?? name}” already: choose another name, or replace it`,
      )
      if (!replace && (known || broken.some(({ file }) => file === `${id}.json`))) throw taken
      await mkdir(directory, { recursive: true })
      if (replace) {
        await writeFileDurably(pathOf(id), text)
        return id
      }
      const temporary = temporaryPathBeside(pathOf(id))
      try {
        await writeFile(temporary, text, { flag: 'wx' })
        await publishFile(temporary, pathOf(id), { exclusive: true })
      } catch (error) {
        await unlink(temporary).catch(() => undefined)
        throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? taken : error
      }
      return id
    },

    async rename(id, name) {
      const workflow = await requireOwn(id)
      if (!workflow)
        throw new StudioError('invalid_workflow', 'The workflow file cannot be read, so it cannot be renamed')
      await writeFileDurably(pathOf(workflow.id), textOf({ ...workflow.file, name }))
    },

    async delete(id) {
      const workflow = await requireOwn(id)
      await unlink(pathOf(workflow?.id ?? id))
    },
  }
}

/** `Street test 2` → `street-test-2`. @throws StudioError for a name without a letter or digit */
function idOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{Mark}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80)
  if (!ownWorkflowId.test(plain))
    throw new StudioError('invalid_request', 'The name needs a letter or digit of a to z, 0 to 9')
  return plain
}
