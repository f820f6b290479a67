/**
 * @file Which files of the input directory jobs used: by the values a person gave, and, for prompts of other clients, by
 * every text in their graph. Records are read once each, in the background.
 */
import type { Job, JobRecord } from '#contracts/jobs'

export interface UsedInputs {
  /** Paths below the input root; null while it is not known for every job. */
  paths(): ReadonlySet<string> | null
}

export interface UsedInputsDeps {
  /** Every job that is known, ended or not. */
  jobs: () => Iterable<Job>
  read: (id: string) => Promise<JobRecord | null>
}

/** Records read at once. */
const concurrency = 4

export function createUsedInputs({ jobs, read }: UsedInputsDeps): UsedInputs {
  /** Job without a workflow → texts of its graph. */
  const graphs = new Map<string, ReadonlySet<string>>()
  let reading = false

  async function learn(ids: string[]): Promise<void> {
    const next = ids[Symbol.iterator]()
    const worker = async () => {
      for (const id of next) {
        const record = await read(id).catch(() => null)
        graphs.set(id, record ? textsOf(record.prompt) : new Set())
      }
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
  }

  return {
    paths() {
      const used = new Set<string>()
      const unknown: string[] = []
      for (const job of jobs()) {
        for (const text of textsOf(job.inputs)) used.add(text)
        if (job.workflow !== null) continue
        // Its graph is in the engine's queue only, and will be in a record: until then nobody can say.
        if (job.status === 'queued' || job.status === 'running') return null
        const graph = graphs.get(job.id)
        if (graph) for (const text of graph) used.add(text)
        else unknown.push(job.id)
      }
      if (unknown.length === 0) return used
      if (!reading) {
        reading = true
        void learn(unknown).finally(() => {
          reading = false
        })
      }
      return null
    },
  }
}

/** Every text in a value, as a path below the input root: `photo.png [input]` is `photo.png`. */
export function textsOf(value: unknown, texts = new Set<string>()): Set<string> {
  if (typeof value === 'string') texts.add(value.replace(/ \[input\]$/, ''))
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) textsOf(part, texts)
  return texts
}
