/**
 * @file How much of a job's work a node is likely to be, from the graph alone: nothing has run yet, and no picture's size is
 * known before it is read. Names of inputs are ComfyUI's, so nodes of packs that follow them are weighed too.
 */
import { isLink, type Prompt, type PromptNode } from '#contracts/comfy/prompt'

/**
 * What one run of a network weighs; a node that only passes pictures on weighs 1. Measured on the workflows that ship:
 * enlarging, restoring and cutting out take 85 to 98 % of a run's time, and reading and saving pictures the rest. A step of
 * SD 1.5 at 512 × 512 takes as long as enlarging a photograph.
 */
const networkRun = 12

/** Pixels of a picture whose size the graph does not tell. */
const usualPixels = 512 * 512

/** A model under these names is changed, or waits for the sampler; reading a text is a fraction of a step. */
const givenUnused: ReadonlySet<string> = new Set(['model', 'clip', 'control_net'])

/** @returns 1 or more: the share of the node is its weight among those of all nodes that run */
export function nodeWeight(prompt: Prompt, id: string): number {
  const node = nodeOf(prompt, id)
  if (!node) return 1
  const { latent_image: latent, samples, vae } = node.inputs
  const steps = stepsOf(prompt, node)
  if (isLink(latent) && steps !== null) return Math.max(1, networkRun * steps * sizeOf(prompt, latent))
  if (isLink(vae) && isLink(samples)) return networkRun * Math.max(1, sizeOf(prompt, samples))
  return usesLoadedModel(prompt, node) ? networkRun : 1
}

/** Steps of a sampler: its own, less those it leaves out, or those of the schedule that it is given. */
function stepsOf(prompt: Prompt, { inputs }: PromptNode): number | null {
  const steps = numberOf(prompt, inputs.steps)
  if (steps !== null) {
    const [start, end] = [numberOf(prompt, inputs.start_at_step) ?? 0, numberOf(prompt, inputs.end_at_step) ?? steps]
    return Math.max(0, Math.min(end, steps) - start)
  }
  for (const source of upstream(prompt, inputs.sigmas, 'sigmas')) {
    const scheduled = numberOf(prompt, source.inputs.steps)
    if (scheduled !== null) return scheduled
  }
  return null
}

/** How many pictures of 512 × 512 the latent is, as far as the graph tells. */
function sizeOf(prompt: Prompt, latent: unknown): number {
  let factor = 1
  for (const { inputs } of upstream(prompt, latent, 'samples', 'latent_image')) {
    const [width, height] = [numberOf(prompt, inputs.width), numberOf(prompt, inputs.height)]
    // 0 keeps the proportions: then one side tells too little.
    if (width && height) return (factor * width * height * (numberOf(prompt, inputs.batch_size) ?? 1)) / usualPixels
    factor *= (numberOf(prompt, inputs.scale_by) ?? 1) ** 2
  }
  return factor
}

/** The node that a link names, then the one that its input of one of these names links to, and so on. */
function* upstream(prompt: Prompt, link: unknown, ...names: readonly string[]): Generator<PromptNode> {
  const seen = new Set<string>()
  for (let next = link; isLink(next) && !seen.has(next[0]); ) {
    seen.add(next[0])
    const node = nodeOf(prompt, next[0])
    if (!node) return
    yield node
    next = names.map((name) => node.inputs[name]).find((value) => isLink(value))
  }
}

function usesLoadedModel(prompt: Prompt, { inputs }: PromptNode): boolean {
  return Object.entries(inputs).some(
    ([name, value]) =>
      isLink(value) && !givenUnused.has(name) && nodeOf(prompt, value[0])?.class_type?.includes('Loader') === true,
  )
}

function nodeOf(prompt: Prompt, id: string): PromptNode | undefined {
  return Object.hasOwn(prompt, id) ? prompt[id] : undefined
}

/** A number of 0 or more, also one sent as text, or held by a node that only holds it (`PrimitiveInt`). */
function numberOf(prompt: Prompt, input: unknown): number | null {
  const value = isLink(input) ? nodeOf(prompt, input[0])?.inputs.value : input
  if (typeof value !== 'number' && (typeof value !== 'string' || value === '')) return null
  const number = Number(value)
  return Number.isFinite(number) && number >= 0 ? number : null
}
