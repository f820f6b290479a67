import { describe, expect, it } from 'vitest'
import type { WorkflowSummary } from '#contracts/workflows'
import { type SettingsSource, settingsOf, valueInWords } from './settings.ts'
import { settingsDiff } from './settings-diff.ts'

const workflow = {
  id: 'portrait',
  name: 'Portrait',
  inputs: [
    {
      id: 'steps',
      type: 'int',
      label: 'Steps',
      default: 20,
      min: 1,
      max: 50,
      targets: [{ node: '3', input: 'steps' }],
    },
    { id: 'words', type: 'text', label: 'Prompt', targets: [{ node: '2', input: 'text' }] },
    { id: 'seed', type: 'seed', label: 'Seed', targets: [{ node: '3', input: 'seed' }] },
    { id: 'start', type: 'image', label: 'Picture', targets: [{ node: '4', input: 'image' }] },
  ],
} as unknown as WorkflowSummary

function aRun(inputs: Record<string, unknown> = {}, sampler: Record<string, unknown> = {}): SettingsSource {
  const all = { steps: 20, words: 'a red car', seed: 7, start: '20260324_143052_a1b2c3_street.png', ...inputs }
  return {
    workflow: { id: 'portrait', name: 'Portrait' },
    inputs: all,
    seeds: { seed: all.seed as number },
    prompt: {
      1: {
        class_type: 'CheckpointLoaderSimple',
        inputs: { ckpt_name: 'dream.safetensors' },
        _meta: { title: 'Model' },
      },
      2: { class_type: 'CLIPTextEncode', inputs: { text: all.words, clip: ['1', 1] } },
      3: {
        class_type: 'KSampler',
        inputs: { seed: all.seed, steps: all.steps, cfg: 7, positive: ['2', 0], ...sampler },
        _meta: { title: 'Sampler' },
      },
      4: { class_type: 'LoadImage', inputs: { image: all.start } },
      5: { class_type: 'SaveImage', inputs: { images: ['3', 0], filename_prefix: String(all.seed) } },
    },
  }
}
const foreign: SettingsSource = { ...aRun(), workflow: null, inputs: {}, seeds: {} }
const shown = (settings: ReturnType<typeof settingsOf>) =>
  settings.filter((setting) => setting.main).map(({ label, value }) => [label, value])

describe('the settings of a job', () => {
  it('come in the words of its form, texts first, with the models that the graph fixes', () => {
    expect(shown(settingsOf(aRun(), workflow))).toEqual([
      ['Prompt', 'a red car'],
      ['Seed', 7],
      ['Checkpoint', 'dream.safetensors'],
      ['Picture', '20260324_143052_a1b2c3_street.png'],
      ['Steps', 20],
    ])
  })

  it('are read from the graph when no form made it', () => {
    expect(shown(settingsOf(foreign, null))).toEqual([
      ['CLIPTextEncode', 'a red car'],
      ['Seed', 7],
      ['Checkpoint', 'dream.safetensors'],
      ['LoadImage: Image', '20260324_143052_a1b2c3_street.png'],
    ])
  })

  it('say each value once when the workflow is no longer there', () => {
    const values = shown(settingsOf(aRun(), null)).map(([, value]) => value)
    expect(values.filter((value) => value === 'a red car')).toHaveLength(1)
  })

  it('survive a record with nonsense in it', () => {
    const prompt = { 1: null, 2: 'x', 3: { class_type: 'Odd', inputs: [1], _meta: 4 }, 4: { inputs: {} } }
    expect(settingsOf({ ...foreign, prompt }, null)).toEqual([])
  })

  it('are written as people read them', () => {
    expect([true, false, null, '', 0, [1], '20260324_143052_a1b2c3_street.png'].map(valueInWords)).toEqual([
      ...['on', 'off', '–', '–', '0', '[1]', 'street.png'],
    ])
  })
})

describe('the difference of two jobs', () => {
  const compare = (a: SettingsSource, b: SettingsSource) =>
    settingsDiff({ job: a, workflow }, { job: b, workflow }).map(({ label, a: left, b: right }) => [label, left, right])

  it('is empty for the same settings, wherever the files went', () => {
    expect(compare(aRun(), aRun())).toEqual([])
  })

  it('lists only what differs, with both values', () => {
    expect(compare(aRun(), aRun({ words: 'a blue car', seed: 8 }))).toEqual([
      ['Prompt', 'a red car', 'a blue car'],
      ['Seed', '7', '8'],
    ])
  })

  it('finds what the graph fixes differently', () => {
    expect(compare(aRun(), aRun({}, { cfg: 5 }))).toEqual([['Sampler: Cfg', '7', '5']])
  })

  it('names the workflows, and what only one of two different graphs has in its form', () => {
    const other: SettingsSource = {
      workflow: { id: 'upscale', name: 'Enlarge' },
      inputs: { start: '20260324_143052_a1b2c3_street.png', factor: 2 },
      seeds: {},
      prompt: { 1: { class_type: 'Upscale', inputs: { tiles: 3 } } },
    }
    expect(settingsDiff({ job: aRun(), workflow }, { job: other, workflow: null })).toEqual([
      { key: 'workflow', label: 'Workflow', a: 'Portrait', b: 'Enlarge' },
      { key: 'input:words', label: 'Prompt', a: 'a red car', b: '–' },
      { key: 'input:seed', label: 'Seed', a: '7', b: '–' },
      { key: 'node:1.ckpt_name', label: 'Checkpoint', a: 'dream.safetensors', b: '–' },
      { key: 'input:steps', label: 'Steps', a: '20', b: '–' },
      { key: 'input:factor', label: 'Factor', a: '–', b: '2' },
    ])
  })
})
