import { describe, expect, it } from 'vitest'
import type { Job, JobRecord } from '#contracts/jobs'
import { createRunSettings } from './run-settings.ts'

const objectInfo = {
  CheckpointLoaderSimple: {
    input: { required: { ckpt_name: [['dream_v8.safetensors']] } },
    output: ['MODEL', 'CLIP', 'VAE'],
  },
  CLIPTextEncode: {
    input: { required: { text: ['STRING', { multiline: true }], clip: ['CLIP'] } },
    output: ['CONDITIONING'],
  },
  EmptyLatentImage: { input: { required: { width: ['INT'], height: ['INT'] } }, output: ['LATENT'] },
  KSampler: {
    input: { required: { seed: ['INT'], steps: ['INT'], positive: ['CONDITIONING'], negative: ['CONDITIONING'] } },
    output: ['LATENT'],
  },
  SaveImage: { input: { required: { images: ['IMAGE'], filename_prefix: ['STRING'] } }, output: [], output_node: true },
}
const prompt = {
  '1': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'dream_v8.safetensors' } },
  '2': { class_type: 'CLIPTextEncode', inputs: { text: 'a red fox', clip: ['1', 1] } },
  '3': { class_type: 'CLIPTextEncode', inputs: { text: 'blurry', clip: ['1', 1] } },
  '4': { class_type: 'EmptyLatentImage', inputs: { width: 768, height: 512 } },
  '5': {
    class_type: 'KSampler',
    inputs: { seed: 18446744073709551615n, steps: 20, positive: ['2', 0], negative: ['3', 0], latent_image: ['4', 0] },
  },
  '6': { class_type: 'SaveImage', inputs: { images: ['5', 0], filename_prefix: 'x' } },
}
const aJob = (more: Partial<Job> = {}) =>
  ({ id: '20261122_101500_a1b2c3', prompt_id: 'p', status: 'completed', workflow: null, ...more }) as Job

/** With a record of the job, or its graph in the queue. */
function settingsOf({ onDisk = false, queued = false, engineAnswers = true, hangs = Promise.resolve() } = {}) {
  const asked = { records: 0, nodes: 0, queue: 0 }
  const engine = { answers: engineAnswers }
  const settings = createRunSettings({
    records: {
      async read() {
        asked.records++
        return onDisk ? ({ prompt } as unknown as JobRecord) : null
      },
    },
    engine: {
      async objectInfo() {
        asked.nodes++
        await hangs
        if (!engine.answers) throw new Error('no engine')
        return objectInfo
      },
      async listQueued() {
        asked.queue++
        return new Map(queued ? [['p', { prompt, extraData: {}, outputsToExecute: [] }]] : []) as never
      },
    },
  })
  return { settings, asked, engine }
}

describe('the settings of a run whose workflow the pod does not keep', () => {
  const said = [
    ['Prompt', 'text', 'a red fox'],
    ['Negative prompt', 'text', 'blurry'],
    ['Seed', 'seed', '18446744073709551615'],
    ['EmptyLatentImage: width', 'int', 768],
    ['EmptyLatentImage: height', 'int', 512],
  ]
  const inShort = (job: Job) => job.settings?.map(({ label, type, value }) => [label, type, value])

  it('are read from its record, once', async () => {
    const { settings, asked } = settingsOf({ onDisk: true })
    for (let time = 0; time < 3; time++) await settings.know([aJob()])
    expect(inShort(settings.with(aJob()))).toEqual(expect.arrayContaining(said))
    expect(settings.with(aJob()).settings).toContainEqual(
      expect.objectContaining({ type: 'model', value: 'dream_v8.safetensors' }),
    )
    expect(asked).toEqual({ records: 1, nodes: 1, queue: 0 })
  })

  it('are read from the queue of the engine while it waits', async () => {
    const { settings } = settingsOf({ queued: true })
    const waiting = aJob({ status: 'queued', workflow: { id: 'unsaved-0123456789ab', name: 'Dropped' } })
    await settings.know([waiting])
    expect(inShort(settings.with(waiting))?.[0]).toEqual(said[0])
  })

  it('are told when the engine is there, and nothing fails while it is not', async () => {
    const { settings, engine } = settingsOf({ onDisk: true, engineAnswers: false })
    await settings.know([aJob()])
    expect(settings.with(aJob()).settings).toBeUndefined()
    engine.answers = true
    await settings.know([aJob()])
    expect(inShort(settings.with(aJob()))?.[0]).toEqual(said[0])
  })

  it('are not waited for when the engine hangs, and come with a later look', async () => {
    let answer = () => {}
    const hangs = new Promise<void>((resolve) => {
      answer = resolve
    })
    const { settings } = settingsOf({ onDisk: true, hangs })
    await settings.know([aJob()])
    expect(settings.with(aJob()).settings).toBeUndefined()
    answer()
    await settings.know([aJob()])
    expect(settings.with(aJob()).settings).toBeDefined()
  })

  it('are not asked for where the pod keeps the workflow', async () => {
    const { settings, asked } = settingsOf({ onDisk: true })
    await settings.know([aJob({ workflow: { id: 'upscale-2x', name: 'Enlarge' } })])
    expect(asked).toEqual({ records: 0, nodes: 0, queue: 0 })
  })
})
