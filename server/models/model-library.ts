/** @file Model files as people see them: joined with the workflows that use them, and with what workflows miss. */
import type { Job } from '#contracts/jobs'
import type { MissingModel, ModelFile, ModelList } from '#contracts/models'
import type { WorkflowSummary } from '#contracts/workflows'
import { folderNames } from './folder-names.ts'
import { refuseExtension } from './judge-model.ts'
import type { ModelFiles } from './model-files.ts'
import type { ModelHashes } from './model-hashes.ts'

export interface ModelLibraryDeps {
  files: ModelFiles
  hashes: ModelHashes
  workflows: () => Promise<readonly Pick<WorkflowSummary, 'id' | 'name' | 'models' | 'inputs'>[]>
  /** Newest first; as many as are worth looking at. */
  endedJobs: () => Iterable<Job>
}

/** Ended jobs that are looked at for the last use. */
const maxJobs = 2000

export function createModelLibrary({ files, hashes, workflows, endedJobs }: ModelLibraryDeps) {
  return async (): Promise<Pick<ModelList, 'models' | 'missing' | 'complete'>> => {
    const [{ files: found, complete }, known] = await Promise.all([files.list(), workflows()])
    const uses = usesOf(known)
    const lastUse = lastUses(endedJobs(), uses)
    const models = found.map((model): ModelFile => {
      // The weights of an ncnn network are named by its description beside them.
      const named = model.file.replace(/\.bin$/, '.param')
      const keys = folderNames(model.folder).flatMap((folder) => [`${folder}/${model.file}`, `${folder}/${named}`])
      const times = [...keys, model.file].map((key) => lastUse.get(key) ?? 0)
      return {
        ...model,
        sha256: hashes.find(`${model.folder}/${model.file}`, model.size, model.modified),
        refused: refuseExtension(model.file),
        used_by: known
          .filter(({ id }) => keys.some((key) => uses.get(id)?.has(key)))
          .map(({ id, name }) => ({ id, name })),
        last_used: Math.max(...times) || null,
      }
    })
    models.sort((a, b) => compare(a.folder, b.folder) || compare(a.file, b.file))
    const present = new Set(found.flatMap((m) => folderNames(m.folder).map((folder) => `${folder}/${m.file}`)))
    return { models, missing: missingOf(known, present), complete }
  }
}

type KnownWorkflow = Awaited<ReturnType<ModelLibraryDeps['workflows']>>[number]

/** Workflow → `folder/file` of every model it names, its defaults too. */
function usesOf(workflows: readonly KnownWorkflow[]): Map<string, Set<string>> {
  return new Map(
    workflows.map(({ id, models, inputs }) => [
      id,
      new Set([
        ...models.map(({ folder, file }) => `${folder}/${file}`),
        ...inputs.flatMap((input) =>
          input.type === 'model' && input.default !== undefined ? [`${input.folder}/${input.default}`] : [],
        ),
      ]),
    ]),
  )
}

/** `folder/file` by way of the workflow, or a bare name that was chosen in a form → Unix seconds. */
function lastUses(jobs: Iterable<Job>, uses: Map<string, Set<string>>): Map<string, number> {
  const last = new Map<string, number>()
  let looked = 0
  for (const job of jobs) {
    if (++looked > maxJobs) break
    const at = job.finished_at ?? job.created_at
    const chosen = Object.values(job.inputs).filter((value) => typeof value === 'string')
    for (const key of [...(uses.get(job.workflow?.id ?? '') ?? []), ...chosen]) {
      last.set(key, Math.max(last.get(key) ?? 0, at))
    }
  }
  return last
}

function missingOf(workflows: readonly KnownWorkflow[], present: ReadonlySet<string>): MissingModel[] {
  const missing = new Map<string, MissingModel>()
  for (const { id, name, models } of workflows) {
    for (const { folder, file, how_to_get, url, sha256, size, license } of models) {
      const key = `${folder}/${file}`
      if (present.has(key)) continue
      const unknown = { how_to_get: null, url: null, sha256: null, size: null, license: null }
      const entry: MissingModel = missing.get(key) ?? { folder, file, ...unknown, used_by: [] }
      entry.how_to_get ??= how_to_get ?? null
      entry.url ??= url ?? null
      entry.sha256 ??= sha256 ?? null
      entry.size ??= size ?? null
      entry.license ??= license ?? null
      entry.used_by.push({ id, name })
      missing.set(key, entry)
    }
  }
  return [...missing.values()].sort((a, b) => compare(a.folder, b.folder) || compare(a.file, b.file))
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
