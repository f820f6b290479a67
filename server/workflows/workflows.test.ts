import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StudioError } from '../http/errors.ts'
import { createRequirements } from './requirements.ts'
import { createWorkflowFiles, parseWorkflow } from './workflow-files.ts'
import { createWorkflows } from './workflows.ts'

const workflow = {
  name: 'Copy',
  description: 'Copies a picture.',
  inputs: [{ id: 'picture', label: 'Picture', type: 'image', targets: [{ node: '1', input: 'image' }] }],
  outputs: [{ node: '2', kind: 'final' }],
  models: [{ folder: 'text_encoders', file: 'sub/words.safetensors' }],
  prompt: {
    '1': { class_type: 'LoadImage', inputs: { image: 'x.png' } },
    '2': { class_type: 'SaveImage', inputs: { images: ['1', 0] } },
  },
}

let root: string
const at = (...names: string[]) => join(root, ...names)
const write = (folder: string, name: string, content: object | string) =>
  writeFile(at(folder, name), typeof content === 'string' ? content : JSON.stringify(content))

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'studio-workflows-'))
  for (const folder of ['user', 'shipped', 'models', 'more-models']) await mkdir(at(folder))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const engineDown = () => Promise.reject(new StudioError('engine_unavailable', 'down'))
function open(
  engine = { nodeClasses: engineDown as () => Promise<Set<string>>, models: engineDown as () => Promise<string[]> },
) {
  let now = 0
  const requirements = createRequirements({ engine, modelRoots: [at('models'), at('more-models')], now: () => now })
  const workflows = createWorkflows(createWorkflowFiles({ user: at('user'), shipped: at('shipped') }), requirements)
  return { workflows, pass: (milliseconds: number) => (now += milliseconds) }
}

describe('the workflows', () => {
  it('prefers a file of the user over a shipped one, unless it cannot be used', async () => {
    await write('shipped', 'copy.json', workflow)
    await write('user', 'copy.json', { ...workflow, name: 'Mine' })
    const { workflows } = open()
    expect((await workflows.list()).workflows).toMatchObject([{ id: 'copy', name: 'Mine', shipped: false }])
    await write('user', 'copy.json', 'not json')
    expect(await workflows.list()).toMatchObject({
      workflows: [{ id: 'copy', name: 'Copy', shipped: true }],
      broken: [{ file: 'copy.json', reason: expect.stringContaining('not valid JSON') }],
    })
    await rm(at('user', 'copy.json'))
    expect((await workflows.list()).broken).toEqual([])
  })

  it('looks for models on disk, under both names of a folder, while the engine is down', async () => {
    await write('user', 'copy.json', workflow)
    const { workflows, pass } = open()
    expect(await workflows.describe('copy')).toMatchObject({
      ready: false,
      missing: { models: ['text_encoders/sub/words.safetensors'], nodes: [] },
    })
    await mkdir(at('more-models', 'clip', 'sub'), { recursive: true })
    await writeFile(at('more-models', 'clip', 'sub', 'words.safetensors'), '')
    pass(5000)
    expect((await workflows.describe('copy')).ready).toBe(true)
  })

  it('asks the engine once for many workflows, and again after a few seconds', async () => {
    for (const name of ['a.json', 'b.json', 'c.json']) await write('user', name, workflow)
    let asked = 0
    const { workflows, pass } = open({
      nodeClasses: async () => new Set(['LoadImage', ...(++asked > 1 ? ['SaveImage'] : [])]),
      models: async () => ['sub/words.safetensors'],
    })
    const missing = async () => (await workflows.list()).workflows.map((each) => each.missing.nodes)
    expect(await missing()).toEqual([['SaveImage'], ['SaveImage'], ['SaveImage']])
    await missing()
    expect(asked).toBe(1)
    pass(5000)
    expect(await missing()).toEqual([[], [], []])
  })

  it('does not follow links and passes hidden files over', async () => {
    await writeFile(at('secret'), JSON.stringify(workflow))
    await symlink(at('secret'), at('user', 'link.json'))
    await write('user', '.tmp-1.json', workflow)
    const list = await open().workflows.list()
    expect(list).toMatchObject({ workflows: [], broken: [{ file: 'link.json' }] })
    await expect(open().workflows.require('../secret')).rejects.toMatchObject({ code: 'not_found' })
  })

  it.each([
    ['the editor format', { nodes: [], links: [] }, 'format of the ComfyUI editor'],
    ['a bare graph', workflow.prompt, 'bare graph'],
    ['a list', [], 'not a JSON object'],
    ['a missing name', { ...workflow, name: undefined }, 'name'],
    ['two inputs of one id', { ...workflow, inputs: [...workflow.inputs, ...workflow.inputs] }, 'Two inputs'],
    [
      'an input for a node that is not there',
      { ...workflow, inputs: [{ ...workflow.inputs[0], targets: [{ node: '__proto__', input: 'image' }] }] },
      'node "__proto__", which the graph does not have',
    ],
    ['an output of no node', { ...workflow, outputs: [{ node: '9', kind: 'final' }] }, 'names node "9"'],
  ])('says what is wrong with %s', (_name, file, words) => {
    expect(parseWorkflow(JSON.stringify(file))).toEqual({ reason: expect.stringContaining(words) })
  })
})
