import { describe, expect, it } from 'vitest'
import type { AnyNode } from '../nodes/define.ts'
import { createGraphEngine, node } from './testing/graph-engine.ts'

const graph = (value: number, prefix = '') => ({
  [`${prefix}n`]: node('TestNumber', { value }),
  [`${prefix}sum`]: node('TestAdd', { a: [`${prefix}n`, 0], b: 1 }),
  [`${prefix}show`]: node('TestShow', { value: [`${prefix}sum`, 0] }),
})

describe('input signatures', () => {
  it('do not contain node ids: the same graph under other ids is cached', async () => {
    const engine = createGraphEngine()
    await engine.run(graph(1, 'a'))
    const run = await engine.run(graph(1, 'b'))
    expect(run.cached).toEqual(['bn', 'bsum', 'bshow'])
    expect(run.ran).toEqual([])
  })

  it('change with any literal upstream', async () => {
    const engine = createGraphEngine()
    await engine.run(graph(1))
    expect((await engine.run(graph(2))).ran).toEqual(['n', 'sum', 'show'])
  })

  it('leave out titles and other keys of a node, and count undeclared inputs', async () => {
    const engine = createGraphEngine()
    await engine.run({ show: node('TestShow', { value: 1 }) })
    const titled = { show: { ...node('TestShow', { value: 1 }), _meta: { title: 'mine' } } }
    expect((await engine.run(titled)).ran).toEqual([])
    expect((await engine.run({ show: node('TestShow', { value: 1, extra: 2 }) })).ran).toEqual(['show'])
  })

  it('tell which output of a source is used', async () => {
    const engine = createGraphEngine()
    const prompt = (index: number) => ({
      sum: node('TestExpandSum', { a: 1, b: 1, shows: false }),
      show: node('TestShow', { value: ['sum', index] }),
    })
    await engine.run(prompt(0))
    expect((await engine.run(prompt(1))).shown('show')).toEqual([7])
  })

  it('tell a text from a number', async () => {
    const engine = createGraphEngine()
    await engine.run({ show: node('TestShow', { value: 1 }) })
    expect((await engine.run({ show: node('TestShow', { value: '1' }) })).shown('show')).toEqual(['1'])
  })

  it.each(['TestOwnResult', 'TestOwnId'])('contain the id of a %s node', async (classType) => {
    const engine = createGraphEngine()
    const prompt = (id: string) => ({ [id]: node(classType), show: node('TestShow', { value: [id, 0] }) })
    await engine.run(prompt('a'))
    expect((await engine.run(prompt('a'))).ran).toEqual([])
    expect((await engine.run(prompt('b'))).ran).toEqual(['b', 'show'])
  })

  it('never match for values that cannot be compared, such as tensors put into an expanded graph', async () => {
    const engine = createGraphEngine()
    const prompt = (note: number) => ({
      tensor: node('TestExpandTensor', { value: 1, note }),
      show: node('TestShow', { value: ['tensor', 0] }),
    })
    await engine.run(prompt(1))
    expect((await engine.run(prompt(2))).ran).toEqual(['tensor', 'tensor.0.0.pass', 'show'])
  })
})

describe('change marks', () => {
  const prompt = { marked: node('TestMarked', { key: 'k' }), show: node('TestShow', { value: ['marked', 0] }) }

  it('run the node again when they differ, and not when they are equal', async () => {
    const engine = createGraphEngine()
    engine.world.marks.set('k', 'one')
    await engine.run(prompt)
    expect((await engine.run(prompt)).ran).toEqual([])
    engine.world.marks.set('k', 'two')
    expect((await engine.run(prompt)).ran).toEqual(['marked', 'show'])
  })

  it.each([
    ['NaN', Number.NaN],
    ['an exception', new Error('unreadable')],
  ])('mean "always changed" when they are %s', async (_, mark) => {
    const engine = createGraphEngine()
    engine.world.marks.set('k', mark)
    await engine.run(prompt)
    const run = await engine.run(prompt)
    expect(run.ran).toEqual(['marked', 'show'])
    expect(run.cached).toEqual([])
  })

  it('get linked inputs as null', async () => {
    const seen: unknown[] = []
    const engine = createGraphEngine({
      nodes: [
        {
          classType: 'TestSeen',
          category: 'test',
          inputs: { a: { type: 'INT', options: {} }, b: { type: 'INT', options: {} } },
          outputs: [],
          isOutputNode: true,
          changeMark: (inputs) => seen.push(inputs),
          execute: () => [],
        },
      ],
    })
    await engine.run({ n: node('TestNumber', { value: 1 }), end: node('TestSeen', { a: ['n', 0], b: 2 }) })
    expect(seen).toEqual([{ a: null, b: 2 }])
  })
})

describe('change marks of a run', () => {
  it('are computed once for every node of the prompt, before it runs, also for nodes it does not need', async () => {
    const happened: string[] = []
    const marked: AnyNode = {
      classType: 'TestTold',
      category: 'test',
      inputs: { name: { type: 'STRING', options: {} } },
      outputs: [{ type: 'INT' }],
      changeMark: ({ name }) => {
        happened.push(`mark ${name}`)
        return 1
      },
      execute: ({ name }) => {
        happened.push(`run ${name}`)
        return [1]
      },
    }
    const engine = createGraphEngine({ nodes: [marked] })
    await engine.run({
      needed: node('TestTold', { name: 'needed' }),
      spare: node('TestTold', { name: 'spare' }),
      show: node('TestShowTwo', { value: ['needed', 0], other: ['needed', 0] }),
    })
    expect(happened).toEqual(['mark needed', 'mark spare', 'run needed'])
  })
})

describe('execution_cached', () => {
  it('lists every node of the prompt that is in the cache, also ones that are not needed', async () => {
    const engine = createGraphEngine()
    await engine.run({ ...graph(1, 'a'), ...graph(2, 'b') })
    const prompt = { ...graph(1, 'a'), ...graph(2, 'b') }
    expect((await engine.run(prompt, { targets: ['ashow'] })).cached).toEqual([
      ...['an', 'asum', 'ashow', 'bn', 'bsum', 'bshow'],
    ])
  })
})

describe('cache modes', () => {
  it('fit keeps results of earlier prompts', async () => {
    const engine = createGraphEngine({ cacheMode: 'fit' })
    await engine.run(graph(1))
    await engine.run(graph(2))
    expect((await engine.run(graph(1))).ran).toEqual([])
  })

  it('fit drops what was used longest ago when the bytes do not suffice', async () => {
    const engine = createGraphEngine({ cacheMode: 'fit', maxBytes: 3000 })
    const text = (letter: string) => ({
      text: node('TestText', { text: letter.repeat(400) }),
      end: node('TestSilentOutput', { value: ['text', 0] }),
    })
    await engine.run(text('a'))
    await engine.run(text('b'))
    await engine.run(text('c'))
    expect(engine.cache.bytes).toBeLessThanOrEqual(3000)
    expect((await engine.run(text('c'))).ran).toEqual([])
    expect((await engine.run(text('a'))).cached).toEqual(['end'])
  })

  it('classic keeps only the nodes of the last prompt', async () => {
    const engine = createGraphEngine({ cacheMode: 'classic' })
    await engine.run(graph(1))
    expect((await engine.run(graph(1))).ran).toEqual([])
    await engine.run(graph(2))
    expect((await engine.run(graph(1))).ran).toEqual(['n', 'sum', 'show'])
  })

  it('classic keeps what the last prompt’s nodes expanded to', async () => {
    const engine = createGraphEngine({ cacheMode: 'classic' })
    const prompt = (note: number) => ({
      sum: node('TestExpandSum', { a: 2, b: 3, shows: true }),
      show: node('TestShow', { value: ['sum', 0], note }),
    })
    await engine.run(prompt(1))
    expect((await engine.run(prompt(2))).ran).toEqual(['sum', 'show'])
  })

  it('lru keeps the nodes used last', async () => {
    const engine = createGraphEngine({ cacheMode: 'lru:3' })
    await engine.run(graph(1))
    await engine.run(graph(2))
    expect(engine.cache.size).toBe(3)
    expect((await engine.run(graph(2))).ran).toEqual([])
    expect((await engine.run(graph(1))).ran).toEqual(['n', 'sum', 'show'])
  })

  it('lru does not drop the running prompt’s own nodes', async () => {
    const engine = createGraphEngine({ cacheMode: 'lru:1' })
    await engine.run(graph(1))
    expect((await engine.run(graph(1))).ran).toEqual([])
  })

  it('none runs everything again, each node once', async () => {
    const engine = createGraphEngine({ cacheMode: 'none' })
    const twice = {
      n: node('TestNumber', { value: 1 }),
      show: node('TestShowTwo', { value: ['n', 0], other: ['n', 0] }),
    }
    await engine.run(twice)
    const run = await engine.run(twice)
    expect(run.ran).toEqual(['n', 'show'])
    expect(run.cached).toEqual([])
  })

  it('forgets everything when cleared', async () => {
    const engine = createGraphEngine()
    await engine.run(graph(1))
    engine.cache.clear()
    expect((await engine.run(graph(1))).ran).toEqual(['n', 'sum', 'show'])
    expect(engine.cache.bytes).toBeGreaterThan(0)
  })
})

describe('cached output nodes', () => {
  const prompt = { n: node('TestNumber', { value: 1 }), save: node('TestShowFile', { value: ['n', 0] }) }

  it('are reused while the files they name exist', async () => {
    const engine = createGraphEngine()
    await engine.run(prompt)
    const run = await engine.run(prompt, { uiFilesExist: async () => true })
    expect(run.ran).toEqual([])
    expect(run.outcome.outputs.save?.images).toHaveLength(1)
  })

  it('run again when one of their files is gone, and what feeds them stays cached', async () => {
    const engine = createGraphEngine()
    await engine.run(prompt)
    const run = await engine.run(prompt, { uiFilesExist: async () => false })
    expect(run.ran).toEqual(['save'])
    expect(run.cached).toEqual(['n'])
  })

  it('always run when their files belong to a job', async () => {
    const engine = createGraphEngine()
    await engine.run(prompt, { job: 'job1' })
    const run = await engine.run(prompt, { job: 'job2' })
    expect(run.ran).toEqual(['save'])
    expect(run.cached).toEqual(['n'])
  })

  it('of a job are made each by itself, also when a Comfy prompt or a twin in the same prompt has the same files', async () => {
    const engine = createGraphEngine()
    await engine.run(prompt)
    const run = await engine.run({ ...prompt, twin: node('TestShowFile', { value: ['n', 0] }) }, { job: 'job1' })
    expect(run.ran).toEqual(['save', 'twin'])
  })

  it('always run for a job also inside an expansion', async () => {
    const engine = createGraphEngine()
    const expanding = {
      sum: node('TestExpandSum', { a: 2, b: 3, shows: true }),
      end: node('TestShow', { value: ['sum', 0] }),
    }
    await engine.run(expanding, { job: 'job1' })
    const run = await engine.run(expanding, { job: 'job2' })
    expect(run.ran).toContain('sum.0.0.show')
  })

  it('with the same signature in one prompt are made once and shown twice', async () => {
    const run = await createGraphEngine().run({
      n: node('TestNumber', { value: 1 }),
      one: node('TestShowFile', { value: ['n', 0] }),
      two: node('TestShowFile', { value: ['n', 0] }),
    })
    expect(run.ran).toEqual(['n', 'one'])
    expect(run.outcome.outputs.two).toEqual(run.outcome.outputs.one)
  })
})

describe('intermediate outputs', () => {
  it('are sent again at the end of a run that did not need their node', async () => {
    const engine = createGraphEngine()
    const prompt = {
      pass: node('TestPassThrough', { value: 3 }),
      show: node('TestShow', { value: ['pass', 0] }),
    }
    await engine.run(prompt)
    const run = await engine.run(prompt)
    expect(run.outcome.outputs).toEqual({ pass: { seen: [3] }, show: { values: [3] } })
    expect(run.order.slice(-2)).toEqual(['executed(pass)', 'execution_success'])
  })
})
