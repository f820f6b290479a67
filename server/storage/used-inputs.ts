/**
 * @file Which files of the input directory jobs used: by the values a person gave, and, for prompts of other clients, by
 * every text in their graph. Records are read once each, in the background.
 */
import type { Job, JobRecord } from '#contracts/jobs'

export interface UsedInputs {
  /** Paths below the input root; null while it is not known for every job. */
  paths(): ReadonlySet<string> | null
  /** In how many jobs, as far as it is known. */
  counts(): InputUseCounts
}

export interface InputUseCounts {
  /** By path below the input root. */
  counts: ReadonlyMap<string, number>
  /** Whether records are still to be read. */
  unread: boolean
  /** Whether a job without a workflow has not ended: its graph is in the engine's queue only, and will be in a record. */
  open: boolean
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
  /** What a person gave a job, looked through once. */
  const given = new WeakMap<Job['inputs'], ReadonlySet<string>>()
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

  function textsGiven({ inputs }: Job): ReadonlySet<string> {
    const texts = given.get(inputs) ?? textsOf(inputs)
    given.set(inputs, texts)
    return texts
  }

  function counts(): InputUseCounts {
    const found = new Map<string, number>()
    const unknown: string[] = []
    let open = false
    for (const job of jobs()) {
      const texts = textsGiven(job)
      const graph = job.workflow === null ? graphs.get(job.id) : undefined
      for (const text of texts) found.set(text, (found.get(text) ?? 0) + 1)
      for (const text of graph ?? []) if (!texts.has(text)) found.set(text, (found.get(text) ?? 0) + 1)
      if (job.workflow !== null || graph) continue
      if (job.status === 'queued' || job.status === 'running') open = true
      else unknown.push(job.id)
    }
    if (unknown.length > 0 && !reading) {
      reading = true
      void learn(unknown).finally(() => {
        reading = false
      })
    }
    return { counts: found, unread: unknown.length > 0, open }
  }

  return {
    counts,
    paths() {
      const { counts: found, unread, open } = counts()
      return unread || open ? null : new Set(found.keys())
    },
  }
}

/** Every text in a value, as a path below the input root: `photo.png [input]` is `photo.png`. */
export function textsOf(value: unknown, texts = new Set<string>()): Set<string> {
  if (typeof value === 'string') texts.add(value.replace(/ \[input\]$/, ''))
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) textsOf(part, texts)
  return texts
}
