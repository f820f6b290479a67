import { describe, expect, it } from 'vitest'
import { createGraphEngine, node } from './testing/graph-engine.ts'

describe('lists', () => {
  it('call a node once per item and repeat the last item of shorter lists', async () => {
    const engine = createGraphEngine()
    const run = await engine.run({
      three: node('TestCount', { count: 3 }),
      two: node('TestCount', { count: 2 }),
      sum: node('TestAdd', { a: ['three', 0], b: ['two', 0] }),
      show: node('TestShow', { value: ['sum', 0] }),
    })
    expect(run.shown('show')).toEqual([1 + 1, 2 + 2, 3 + 2])
    expect(run.ran.filter((id) => id === 'sum')).toHaveLength(3)
  })

  it('reach a node that takes lists whole, in one call', async () => {
    const engine = createGraphEngine()
    const run = await engine.run({
      list: node('TestCount', { count: 4 }),
      sum: node('TestSum', { values: ['list', 0] }),
      show: node('TestShow', { value: ['sum', 0] }),
    })
    expect(run.shown('show')).toEqual([10])
    expect(run.ran.filter((id) => id === 'sum')).toHaveLength(1)
  })

  it('of several calls are joined', async () => {
    const run = await createGraphEngine().run({
      two: node('TestCount', { count: 2 }),
      lists: node('TestCount', { count: ['two', 0] }),
      show: node('TestShow', { value: ['lists', 0] }),
    })
    expect(run.shown('show')).toEqual([1, 1, 2])
  })

  it('that are empty are an error in words', async () => {
    const run = await createGraphEngine().run({
      none: node('TestCount', { count: 0 }),
      show: node('TestShow', { value: ['none', 0] }),
    })
    expect(run.outcome.error).toMatchObject({
      type: 'IndexError',
      message: "Input 'value' received an empty list",
      node_id: 'show',
    })
  })
})

describe('lazy inputs', () => {
  const choice = (share: number) => ({
    one: node('TestNumber', { value: 1 }),
    two: node('TestNumber', { value: 2 }),
    choose: node('TestChoose', { first: ['one', 0], second: ['two', 0], share }),
    show: node('TestShow', { value: ['choose', 0] }),
  })

  it('do not run when the node does not ask for them, and come as null', async () => {
    const engine = createGraphEngine()
    const run = await engine.run(choice(0))
    expect(run.ran).toEqual(['one', 'choose', 'show'])
    expect(run.shown('show')).toEqual([1])
    expect(engine.world.calls.find((call) => call.nodeId === 'choose')?.inputs).toMatchObject({
      first: 1,
      second: null,
    })
  })

  it('run when asked for, and the node is announced each time it is tried', async () => {
    const run = await createGraphEngine().run(choice(0.5))
    expect(run.shown('show')).toEqual([1.5])
    expect(run.order.filter((message) => message === 'executing(choose)')).toHaveLength(2)
    expect(run.ran.filter((id) => id === 'choose')).toHaveLength(1)
  })

  it('that are cached already are there from the start', async () => {
    const engine = createGraphEngine()
    await engine.run(choice(0.5))
    const run = await engine.run(choice(0.25))
    expect(run.ran).toEqual(['choose', 'show'])
    expect(run.order.filter((message) => message === 'executing(choose)')).toHaveLength(1)
  })

  it('that are literals need no asking', async () => {
    const run = await createGraphEngine().run({
      choose: node('TestChoose', { first: 4, second: 8, share: 0.5 }),
      show: node('TestShow', { value: ['choose', 0] }),
    })
    expect(run.shown('show')).toEqual([6])
  })

  it.each([
    ['is absent', {}, 'nothing', 'there is no input to that node at all'],
    ['is a literal it does not declare', { extra: 1 }, 'extra', 'that value is a constant'],
  ])('cannot be asked for when the input %s', async (_, inputs, asks, why) => {
    const run = await createGraphEngine().run({
      ask: node('TestAskWrongly', { asks, ...inputs }),
      show: node('TestShow', { value: ['ask', 0] }),
    })
    expect(run.outcome.error).toMatchObject({ node_id: 'ask' })
    expect(run.outcome.error?.message).toContain(why)
  })
})

describe('blockers', () => {
  const blocking = (value: number, message: string) => ({
    gate: node('TestBlockAbove', { value, limit: 2, message }),
    next: node('TestAdd', { a: ['gate', 0], b: 1 }),
    show: node('TestShow', { value: ['next', 0] }),
    other: node('TestShow', { value: 1 }),
  })

  it('skip every node downstream while the rest of the run goes on and succeeds', async () => {
    const run = await createGraphEngine().run(blocking(3, ''))
    expect(run.ran).not.toContain('next')
    expect(run.ran).not.toContain('show')
    expect(run.outcome).toMatchObject({ status: 'success', outputs: { other: { values: [1] } } })
    expect(run.order).not.toContain('execution_error')
  })

  it('with a message send it once, as an error that does not end the run', async () => {
    const run = await createGraphEngine().run(blocking(3, 'too much'))
    const errors = run.messages.flatMap((message) => (message.type === 'execution_error' ? [message.data] : []))
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({
      node_id: 'next',
      node_type: 'TestAdd',
      exception_type: 'ExecutionBlocked',
      exception_message: 'Execution Blocked: too much',
    })
    expect(run.order.at(-1)).toBe('execution_success')
  })

  it('in a list skip only their item', async () => {
    const run = await createGraphEngine().run({
      list: node('TestCount', { count: 4 }),
      gate: node('TestBlockAbove', { value: ['list', 0], limit: 2, message: '' }),
      show: node('TestShow', { value: ['gate', 0] }),
    })
    expect(run.shown('show')).toEqual([1, 2])
  })
})

describe('expansion', () => {
  it('replaces the node by a graph and its links by values', async () => {
    const run = await createGraphEngine().run({
      sum: node('TestExpandSum', { a: 2, b: 3, shows: false }),
      show: node('TestShow', { value: ['sum', 0] }),
      plain: node('TestShow', { value: ['sum', 1] }),
    })
    expect(run.shown('show')).toEqual([5])
    expect(run.shown('plain')).toEqual([7])
    expect(run.ran.slice(0, 4)).toEqual(['sum', 'sum.0.0.left', 'sum.0.0.right', 'sum.0.0.sum'])
  })

  it('shows its nodes under the visible node and runs output nodes in it', async () => {
    const run = await createGraphEngine().run({
      sum: node('TestExpandSum', { a: 2, b: 3, shows: true }),
      show: node('TestShow', { value: ['sum', 0] }),
    })
    expect(run.outcome.outputs['sum.0.0.show']).toEqual({ values: [5] })
    expect(run.outcome.meta['sum.0.0.show']).toEqual({
      node_id: 'sum.0.0.show',
      display_node: 'sum',
      parent_node: 'sum',
      real_node_id: 'sum',
    })
    const executing = run.messages.flatMap((message) => (message.type === 'executing' ? [message.data] : []))
    expect(executing).toContainEqual({ node: 'sum.0.0.left', display_node: 'sum' })
  })

  it('still shows the output nodes inside when everything is cached', async () => {
    const engine = createGraphEngine()
    const prompt = {
      sum: node('TestExpandSum', { a: 2, b: 3, shows: true }),
      show: node('TestShow', { value: ['sum', 0] }),
    }
    await engine.run(prompt)
    // The output node at the end is changed, so that the expanding node is needed again.
    const run = await engine.run({ ...prompt, show: node('TestShow', { value: ['sum', 0], note: 1 }) })
    expect(run.outcome.outputs['sum.0.0.show']).toEqual({ values: [5] })
    expect(run.ran).toEqual(['sum', 'show'])
  })

  it('builds loops: a node expands to a copy of the body and itself', async () => {
    const run = await createGraphEngine().run({
      loop: node('TestCountDown', { from: 30, total: 0 }),
      show: node('TestShow', { value: ['loop', 0] }),
    })
    expect(run.shown('show')).toEqual([(30 * 31) / 2])
    expect(run.ran).toContain('loop.0.0.again.0.0.more')
    const deepest = run.messages.flatMap((message) => (message.type === 'executing' ? [message.data] : []))
    expect(new Set(deepest.map((data) => data.display_node))).toEqual(new Set(['loop', 'show']))
  })

  it('expands per item of a list', async () => {
    const run = await createGraphEngine().run({
      list: node('TestCount', { count: 3 }),
      sum: node('TestExpandSum', { a: ['list', 0], b: 10, shows: false }),
      show: node('TestShow', { value: ['sum', 0] }),
    })
    expect(run.shown('show')).toEqual([11, 12, 13])
    expect(run.ran).toContain('sum.2.0.left')
  })

  it('reports errors under the visible node', async () => {
    const run = await createGraphEngine().run({
      outer: node('TestExpandFailure', { shownUnder: '' }),
      show: node('TestShow', { value: ['outer', 0] }),
    })
    expect(run.outcome.error).toEqual({
      type: 'ValueError',
      message: 'inner',
      node_id: 'outer',
      node_type: 'TestExpandFailure',
    })
  })

  it('may show a node under another visible one', async () => {
    const run = await createGraphEngine().run({
      outer: node('TestExpandFailure', { shownUnder: 'show' }),
      show: node('TestShow', { value: ['outer', 0] }),
    })
    const executing = run.messages.flatMap((message) => (message.type === 'executing' ? [message.data] : []))
    expect(executing).toContainEqual({ node: 'outer.0.0.bad', display_node: 'show' })
  })

  it('that closes a cycle is an error of the run, and the next run works', async () => {
    const engine = createGraphEngine()
    const run = await engine.run({
      outer: node('TestExpandCycle', { value: 1 }),
      show: node('TestShow', { value: ['outer', 0] }),
    })
    expect(run.outcome.error).toEqual({
      type: 'graph.DependencyCycleError',
      message: 'Dependency cycle detected',
      node_id: 'outer',
      node_type: 'TestExpandCycle',
    })
    expect((await engine.run({ show: node('TestShow', { value: 1 }) })).outcome.status).toBe('success')
  })

  it('that never ends is an error of the run', async () => {
    const run = await createGraphEngine().run({
      loop: node('TestExpandForever', { value: 1 }),
      show: node('TestShow', { value: ['loop', 0] }),
    })
    expect(run.outcome.error).toMatchObject({ type: 'RecursionError', node_id: 'loop' })
  })

  it('hands a raw link to the node, which may pass it on into its graph', async () => {
    const engine = createGraphEngine()
    const run = await engine.run({
      two: node('TestNumber', { value: 2 }),
      raw: node('TestRawLink', { value: ['two', 0] }),
      show: node('TestShow', { value: ['raw', 0] }),
    })
    expect(engine.world.calls.find((call) => call.nodeId === 'raw')?.inputs).toEqual({ value: ['two', 0] })
    expect(run.shown('show')).toEqual([2])
  })
})

describe('async nodes', () => {
  it('run beside each other and beside other nodes', async () => {
    const engine = createGraphEngine()
    // Each waits for the other to have begun: run one after the other, they would wait for ever.
    const begun = new Map<string, () => void>()
    const waitFor = (id: string) => new Promise<void>((resolve) => begun.set(id, resolve))
    engine.world.gates.set('a', waitFor('b'))
    engine.world.gates.set('b', waitFor('a'))
    const run = await engine.run(
      {
        a: node('TestWait', { gate: 'a', value: 1 }),
        b: node('TestWait', { gate: 'b', value: 2 }),
        sum: node('TestAdd', { a: ['a', 0], b: ['b', 0] }),
        show: node('TestShow', { value: ['sum', 0] }),
      },
      {
        onMessage: (message) => {
          if (message.type === 'executing') begun.get(message.data.node)?.()
        },
      },
    )
    expect(run.shown('show')).toEqual([3])
  })

  it('that fail end the run as others do', async () => {
    const engine = createGraphEngine()
    const refused = Promise.reject(new RangeError('out of range'))
    refused.catch(() => undefined)
    engine.world.gates.set('bad', refused)
    engine.world.gates.set('never', new Promise(() => undefined))
    const run = await engine.run({
      bad: node('TestWait', { gate: 'bad', value: 1 }),
      other: node('TestWait', { gate: 'never', value: 1 }),
      sum: node('TestAdd', { a: ['bad', 0], b: ['other', 0] }),
      show: node('TestShow', { value: ['sum', 0] }),
    })
    expect(run.outcome.error).toMatchObject({ type: 'RangeError', message: 'out of range', node_id: 'bad' })
  })
})

describe('order', () => {
  it('prefers what ends in an output soonest', async () => {
    const run = await createGraphEngine().run({
      far: node('TestNumber', { value: 1 }),
      far2: node('TestAdd', { a: ['far', 0], b: 1 }),
      far3: node('TestAdd', { a: ['far2', 0], b: 1 }),
      long: node('TestShow', { value: ['far3', 0] }),
      near: node('TestNumber', { value: 5 }),
      short: node('TestShow', { value: ['near', 0] }),
    })
    expect(run.ran).toEqual(['near', 'short', 'far', 'far2', 'far3', 'long'])
  })

  it('runs chains of 2,000 nodes', async () => {
    const prompt: Record<string, ReturnType<typeof node>> = { n0: node('TestNumber', { value: 0 }) }
    for (let index = 1; index < 1999; index += 1)
      prompt[`n${index}`] = node('TestAdd', { a: [`n${index - 1}`, 0], b: 1 })
    prompt.show = node('TestShow', { value: ['n1998', 0] })
    const run = await createGraphEngine().run(prompt)
    expect(run.shown('show')).toEqual([1998])
  })

  it('reports a link to a node that does not exist as an error of the run', async () => {
    const run = await createGraphEngine().run({ show: node('TestShow', { value: 1, undeclared: ['ghost', 0] }) })
    expect(run.outcome.error).toMatchObject({ type: 'graph.NodeNotFoundError', message: 'Node ghost not found' })
  })
})
