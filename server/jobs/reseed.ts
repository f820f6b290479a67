/**
 * @file The record of a run with other seeds: those its form has, at the inputs the form sets; for a graph without a form
 * every literal input named as ComfyUI's nodes name seeds. Pure.
 */
import type { JobRecord } from '#contracts/jobs'
import type { WorkflowInput } from '#contracts/workflows'

/** What nodes call their seed. */
export const seedInputNames: ReadonlySet<string> = new Set(['seed', 'noise_seed'])

type Graph = Record<string, { inputs?: Record<string, unknown> }>

/**
 * @param inputs - the form of the workflow as it is now; without it inputs that hold the seed's old value are set
 * @returns null when the run has no seed
 */
export function reseed(record: JobRecord, inputs: readonly WorkflowInput[], newSeed: () => number): JobRecord | null {
  const prompt = structuredClone(record.prompt) as Graph
  const seeds: Record<string, number> = {}
  let changed = false
  const set = (node: string, input: string, seed: number) => {
    const values = Object.hasOwn(prompt, node) ? prompt[node]?.inputs : undefined
    if (!values || !isWritten(values[input])) return
    values[input] = seed
    changed = true
  }
  for (const [id, old] of Object.entries(record.seeds)) {
    const seed = newSeed()
    const targets = inputs.find((input) => input.id === id && input.type === 'seed')?.targets
    for (const { node, input } of targets ?? seedInputs(prompt, old)) set(node, input, seed)
    seeds[id] = seed
  }
  if (Object.keys(seeds).length === 0) {
    for (const { node, input } of seedInputs(prompt, null)) set(node, input, newSeed())
  }
  return changed ? { ...record, prompt, seeds, inputs: { ...record.inputs, ...seeds } } : null
}

/** Seeds beyond 2^53 are bigints. */
function isWritten(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** Inputs of a graph that are seeds written out. @param value - only those that hold it; null for all */
function seedInputs(prompt: Graph, value: number | null): { node: string; input: string }[] {
  return Object.entries(prompt).flatMap(([node, { inputs = {} }]) =>
    Object.entries(inputs)
      .filter(
        ([name, held]) => seedInputNames.has(name) && isWritten(held) && (value === null || Number(held) === value),
      )
      .map(([input]) => ({ node, input })),
  )
}
