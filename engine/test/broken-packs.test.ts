/** @file Packs that do harm, in a real engine: it starts, says what is wrong, and goes on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makePackDirectory, type PackDirectory, packOf } from '../packs/testing/pack-directory.ts'
import { savePicture } from './graphs.ts'
import { startEngine, type TestEngine } from './harness.ts'

const node = (class_type: string, inputs: Record<string, unknown> = {}) => ({ 1: { class_type, inputs } })
/** Code that acts in the runner and not where packs are held for the engine. */
const inRunner = (code: string) => `if (process.argv[2].includes('"mode":"run"')) { ${code} }\n`

const files = {
  'syntax/index.ts': 'export default (',
  'python/__init__.py': '',
  'a-first.mjs': packOf('Shared'),
  'b-second.mjs': `export default ({ defineNode }) => ['Shared', 'LoadImage', 'Own'].map((classType) => defineNode({
    classType, category: '', inputs: {}, outputs: [], isOutputNode: true, execute: () => ({ ui: { text: ['own'] } }) }))`,
  'kill.mjs': packOf('Kill', 'execute: () => process.exit(7)'),
  'throw.mjs': packOf('Throw', `execute: () => { throw new RangeError('too far') }`),
  'odd-ui.mjs': `${packOf('FunctionUi', 'execute: () => ({ ui: { values: [() => 1] } })')}.concat(defineNode({
    classType: 'CircleUi', category: '', inputs: {}, outputs: [], isOutputNode: true,
    execute: () => { const a = []; a.push(a); return { ui: { text: a } } } }), defineNode({
    classType: 'NumberUi', category: '', inputs: {}, outputs: [], isOutputNode: true, execute: () => ({ ui: 5 }) }), defineNode({
    classType: 'OddPreview', category: '', inputs: {}, outputs: [], isOutputNode: true,
    execute: (_, context) => context.progress(1, 2, { format: 'gif', bytes: 'x' }) }))`,
  'hooks.mjs': `${packOf('HangingCheck', `validate: { names: 'all', check: () => { for (;;) {} } }`)}.concat(defineNode({
    classType: 'ThrowingCheck', category: '', inputs: {}, outputs: [], isOutputNode: true, execute: () => [],
    validate: { names: 'all', check: () => { throw new TypeError('cannot judge') } } }), defineNode({
    classType: 'HangingChoices', category: '', inputs: { a: input.combo(() => new Promise(() => {})) }, outputs: [], execute: () => [] }))`,
  'runner-throws.mjs': inRunner(`throw new Error('not in here')`) + packOf('RunnerThrows'),
  'runner-exits.mjs': inRunner('process.exit(9)') + packOf('RunnerExits'),
  // The last ones: each costs a process, and all packs together have only so much time.
  'x-hang.mjs': 'for (;;) {}',
  'y-exit.mjs': 'process.exit(0)',
}

let engine: TestEngine
let packs: PackDirectory
beforeAll(async () => {
  packs = await makePackDirectory()
  await packs.write(Object.fromEntries(Object.entries(files).map(([name, code]) => [`custom_nodes/${name}`, code])))
  engine = await startEngine({ directory: packs.path })
})
afterAll(() => engine.stop())

interface Report {
  name: string
  state: string
  reason: string | null
  nodes: string[]
  problems: string[]
}
const reports = async (): Promise<Map<string, Report>> =>
  new Map(((await engine.get('/internal/node_packs')).packs as Report[]).map((pack) => [pack.name, pack]))
const errorOf = async (prompt: object) => {
  const { entry } = await engine.run(prompt)
  return entry.status.messages.find(([type]: [string]) => type === 'execution_error')?.[1]
}

describe('an engine with packs that cannot be loaded', () => {
  it('starts, and says of each what is wrong', async () => {
    const known = await reports()
    expect(known.get('syntax')).toMatchObject({ state: 'failed', nodes: [] })
    expect(known.get('x-hang')).toMatchObject({ state: 'failed', reason: 'It did not load within 10 seconds.' })
    expect(known.get('y-exit')).toMatchObject({ state: 'failed', reason: expect.stringContaining('exit code 0') })
    expect(known.get('python')).toMatchObject({ state: 'failed', reason: expect.stringContaining('Python') })
    const log: string = await engine.get('/internal/logs')
    expect(log).toContain('node pack x-hang failed to load: It did not load within 10 seconds.')
    expect((await engine.run(savePicture(1))).entry.status.status_str).toBe('success')
  })

  it('gives a name to whoever had it first: the engine, then packs by their names', async () => {
    const known = await reports()
    expect(known.get('a-first')).toMatchObject({ nodes: ['Shared'], problems: [] })
    expect(known.get('b-second')).toMatchObject({
      state: 'loaded',
      nodes: ['Own'],
      problems: ['node Shared: the name belongs to the pack a-first', 'node LoadImage: the name belongs to the engine'],
    })
    expect((await engine.get('/object_info/LoadImage')).LoadImage.python_module).toBe('nodes')
    expect((await engine.run(node('Shared'))).entry.outputs).toEqual({})
    expect((await engine.run(node('Own'))).entry.outputs['1']).toEqual({ text: ['own'] })
  })

  it('runs, when a pack fails or ends the process in the runner only, and says so', async () => {
    const runs = await engine.run(savePicture(2))
    expect(runs.entry.status.status_str).toBe('success')
    const known = await reports()
    expect(known.get('runner-throws')).toMatchObject({ state: 'failed', reason: 'In the runner: not in here' })
    expect(known.get('runner-exits')).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/^In the runner: .*exit code 9/),
    })
    const { entry } = await engine.run(node('RunnerExits'))
    expect(entry.status).toMatchObject({ status_str: 'error', completed: false })
  })
})

describe('a node of a pack', () => {
  it('that throws is an ordinary error', async () => {
    expect(await errorOf(node('Throw'))).toMatchObject({
      node_id: '1',
      node_type: 'Throw',
      exception_type: 'RangeError',
      exception_message: 'too far\n',
    })
  })

  it('that ends its process ends one job', async () => {
    expect(await errorOf(node('Kill'))).toMatchObject({ exception_type: 'RunnerCrashed', node_id: '1' })
    expect((await engine.run(savePicture(3))).entry.status.status_str).toBe('success')
  })

  it('that shows what cannot be sent is an error, and its job ends', async () => {
    expect((await engine.run(node('FunctionUi'))).entry.outputs['1']).toEqual({ values: [null] })
    for (const classType of ['CircleUi', 'NumberUi', 'OddPreview']) {
      expect(await errorOf(node(classType))).toMatchObject({ node_type: classType, exception_type: 'TypeError' })
    }
  })

  it('whose validation throws or hangs is an error of validation, in time, and others are answered meanwhile', async () => {
    const throwing = await engine.post('/prompt', { prompt: node('ThrowingCheck') })
    expect(throwing.status).toBe(400)
    expect(throwing.body.node_errors['1'].errors[0]).toMatchObject({
      type: 'exception_during_validation',
      details: 'cannot judge',
      extra_info: { exception_type: 'TypeError' },
    })
    const hanging = engine.post('/prompt', { prompt: node('HangingCheck') })
    expect((await engine.run(savePicture(4))).entry.status.status_str).toBe('success')
    const { status, body } = await hanging
    expect(status).toBe(400)
    expect(body.node_errors['1'].errors[0]).toMatchObject({
      type: 'exception_during_validation',
      details: 'The validation of HangingCheck did not answer within 5 seconds',
      extra_info: { exception_type: 'TimeoutError' },
    })
  })

  it('whose choices never come is left out of object_info, and the others are there', async () => {
    const info = await engine.get('/object_info')
    expect(info.HangingChoices).toBeUndefined()
    expect(info.ThrowingCheck).toBeDefined()
    expect(info.SaveImage).toBeDefined()
  })
})

describe('packs that are switched off', () => {
  const namesWith = async (...flags: string[]) => {
    const directory = await makePackDirectory()
    await directory.write({
      'custom_nodes/a.mjs': packOf('A'),
      'custom_nodes/b/index.mjs': packOf('B'),
      'custom_nodes/c.mjs': packOf('C'),
    })
    const other = await startEngine({ flags: ['--base-directory', directory.path, ...flags] })
    const info = await other.get('/object_info')
    const { packs: listed } = await other.get('/internal/node_packs')
    await other.stop()
    await directory.remove()
    expect(listed.map(({ name }: Report) => name)).toEqual(['a', 'b', 'c'])
    return ['A', 'B', 'C'].filter((name) => info[name] !== undefined)
  }

  it('by --disable-all-custom-nodes, but for those of --whitelist-custom-nodes, also below --base-directory', async () => {
    expect(await namesWith()).toEqual(['A', 'B', 'C'])
    expect(await namesWith('--disable-all-custom-nodes')).toEqual([])
    expect(await namesWith('--disable-all-custom-nodes', '--whitelist-custom-nodes', 'c', 'b', '--cpu')).toEqual([
      'B',
      'C',
    ])
  })
})
