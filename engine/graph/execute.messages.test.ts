import { describe, expect, it } from 'vitest'
import type { RunMessage } from '#contracts/comfy/messages'
import type { AnyNode } from '../nodes/define.ts'
import { createGraphEngine, node } from './testing/graph-engine.ts'

const addition = {
  two: node('TestNumber', { value: 2 }),
  sum: node('TestAdd', { a: ['two', 0], b: 3 }),
  show: node('TestShow', { value: ['sum', 0] }),
}

function dataOf<Type extends RunMessage['type']>(messages: RunMessage[], type: Type) {
  return messages.filter((message) => message.type === type).map((message) => message.data) as Extract<
    RunMessage,
    { type: Type }
  >['data'][]
}

describe('the messages of a run', () => {
  it('tell of each node that it runs, shows something and is finished', async () => {
    const run = await createGraphEngine().run(addition)
    expect(run.order).toEqual([
      'execution_start',
      'execution_cached',
      'progress_state(two running 0/1)',
      'executing(two)',
      'progress_state(two finished 1/1)',
      'progress_state(sum running 0/1)',
      'executing(sum)',
      'progress_state(sum finished 1/1)',
      'progress_state(show running 0/1)',
      'executing(show)',
      'executed(show)',
      'progress_state(show finished 1/1)',
      'execution_success',
    ])
    expect(run.outcome).toEqual({
      status: 'success',
      outputs: { show: { values: [5] } },
      meta: { show: { node_id: 'show', display_node: 'show', parent_node: null, real_node_id: 'show' } },
      error: null,
    })
  })

  it('list nothing as cached in a first run', async () => {
    const run = await createGraphEngine().run(addition)
    expect(dataOf(run.messages, 'execution_cached')).toEqual([{ nodes: [] }])
  })

  it('name all nodes as cached the second time and send the stored output of output nodes without executing', async () => {
    const engine = createGraphEngine()
    await engine.run(addition)
    const run = await engine.run(addition)
    expect(run.order).toEqual([
      'execution_start',
      'execution_cached',
      'executed(show)',
      'progress_state(show finished 1/1)',
      'execution_success',
    ])
    expect(run.cached).toEqual(['two', 'sum', 'show'])
    expect(run.outcome.outputs).toEqual({ show: { values: [5] } })
    expect(run.ran).toEqual([])
  })

  it('announce a cached output node that shows nothing with a null output', async () => {
    const engine = createGraphEngine()
    const prompt = { end: node('TestSilentOutput', { value: 1 }) }
    await engine.run(prompt)
    const run = await engine.run(prompt)
    expect(dataOf(run.messages, 'executed')).toEqual([{ node: 'end', display_node: 'end', output: null }])
  })

  it('report progress in pairs, with finished at the node’s own maximum', async () => {
    const run = await createGraphEngine().run({
      work: node('TestSteps', { steps: 2 }),
      show: node('TestShow', { value: ['work', 0] }),
    })
    expect(run.order.slice(2, 9)).toEqual([
      'progress_state(work running 0/1)',
      'executing(work)',
      'progress_state(work running 1/2)',
      'progress(work)',
      'progress_state(work running 2/2)',
      'progress(work)',
      'progress_state(work finished 2/2)',
    ])
    expect(dataOf(run.messages, 'progress')).toEqual([
      { value: 1, max: 2, node: 'work' },
      { value: 2, max: 2, node: 'work' },
    ])
  })

  it('hold every node that is not pending in each progress_state', async () => {
    const run = await createGraphEngine().run(addition)
    const last = dataOf(run.messages, 'progress_state').at(-1)!
    expect(Object.keys(last.nodes)).toEqual(['two', 'sum', 'show'])
    expect(last.nodes.sum).toEqual({
      value: 1,
      max: 1,
      state: 'finished',
      node_id: 'sum',
      display_node_id: 'sum',
      parent_node_id: null,
      real_node_id: 'sum',
    })
  })
})

describe('the messages of a big run', () => {
  it('tell the state of all nodes now and then, and at the end completely', async () => {
    const prompt: Record<string, ReturnType<typeof node>> = { n0: node('TestNumber', { value: 0 }) }
    for (let index = 1; index < 500; index += 1)
      prompt[`n${index}`] = node('TestAdd', { a: [`n${index - 1}`, 0], b: 1 })
    prompt.show = node('TestShow', { value: ['n499', 0] })
    const run = await createGraphEngine().run(prompt)
    const states = dataOf(run.messages, 'progress_state')
    expect(states.length).toBeLessThan(1000)
    expect(Object.values(states.at(-1)!.nodes).filter((state) => state.state === 'finished')).toHaveLength(501)
    expect(run.order.at(-1)).toBe('execution_success')
  })
})

describe('a node that fails', () => {
  const failing = {
    two: node('TestNumber', { value: 2 }),
    bad: node('TestFail', { value: ['two', 0], message: 'no such thing' }),
    show: node('TestShow', { value: ['bad', 0] }),
  }

  it('ends the run with execution_error and no success', async () => {
    const run = await createGraphEngine().run(failing)
    expect(run.order.slice(-3)).toEqual(['progress_state(bad running 0/1)', 'executing(bad)', 'execution_error'])
    expect(dataOf(run.messages, 'execution_error')[0]).toMatchObject({
      node_id: 'bad',
      node_type: 'TestFail',
      executed: ['two'],
      exception_message: 'no such thing\n',
      exception_type: 'ValueError',
      current_inputs: { value: [2], message: ['no such thing'] },
      current_outputs: ['two'],
    })
    expect(run.outcome).toMatchObject({
      status: 'error',
      error: { type: 'ValueError', message: 'no such thing', node_id: 'bad', node_type: 'TestFail' },
    })
  })

  it('leaves the results before it cached, and the outputs that were finished', async () => {
    const engine = createGraphEngine()
    const prompt = { ...failing, early: node('TestShow', { value: 1 }) }
    const run = await engine.run(prompt, { targets: ['early', 'show'] })
    expect(run.outcome.outputs).toEqual({ early: { values: [1] } })
    const again = await engine.run(prompt, { targets: ['early', 'show'] })
    expect(again.cached).toEqual(['two', 'early'])
    expect(again.ran).toEqual(['bad'])
  })

  it('says what its inputs were without dumping them', async () => {
    const run = await createGraphEngine().run({
      tensor: node('TestExpandTensor', { value: 1 }),
      bad: node('TestFail', { value: ['tensor', 0], message: 'x' }),
      show: node('TestShow', { value: ['bad', 0] }),
    })
    expect(dataOf(run.messages, 'execution_error')[0]?.current_inputs.value).toEqual(['Float32Array of 4 bytes'])
  })
})

describe('an interrupted run', () => {
  it('ends with execution_interrupted at the progress report that noticed it', async () => {
    const controller = new AbortController()
    const run = await createGraphEngine().run(
      { work: node('TestSteps', { steps: 5 }), show: node('TestShow', { value: ['work', 0] }) },
      {
        signal: controller.signal,
        onMessage: (message) => {
          if (message.type === 'progress' && message.data.value === 2) controller.abort()
        },
      },
    )
    expect(run.order.slice(-2)).toEqual(['progress(work)', 'execution_interrupted'])
    expect(dataOf(run.messages, 'progress')).toHaveLength(2)
    expect(dataOf(run.messages, 'execution_interrupted')).toEqual([
      { node_id: 'work', node_type: 'TestSteps', executed: [] },
    ])
    expect(run.outcome.status).toBe('interrupted')
  })

  it('stops between nodes, naming the node that was about to run', async () => {
    const controller = new AbortController()
    const run = await createGraphEngine().run(addition, {
      signal: controller.signal,
      onMessage: (message) => {
        if (message.type === 'executing' && message.data.node === 'two') controller.abort()
      },
    })
    expect(run.ran).not.toContain('sum')
    expect(dataOf(run.messages, 'execution_interrupted')).toEqual([
      { node_id: 'two', node_type: 'TestNumber', executed: [] },
    ])
  })

  it('stops between the items of a list', async () => {
    const controller = new AbortController()
    const engine = createGraphEngine()
    const run = await engine.run(
      { list: node('TestCount', { count: 50 }), show: node('TestShow', { value: ['list', 0] }) },
      {
        signal: controller.signal,
        onMessage: (message) => {
          if (message.type === 'executing' && message.data.node === 'show') setImmediate(() => controller.abort())
        },
      },
    )
    expect(run.outcome.status).toBe('interrupted')
    expect(run.ran.filter((id) => id === 'show').length).toBeLessThan(50)
  })

  it('stops async nodes that are waiting', async () => {
    const engine = createGraphEngine()
    engine.world.gates.set('never', new Promise(() => undefined))
    const controller = new AbortController()
    const run = await engine.run(
      { wait: node('TestWait', { gate: 'never', value: 1 }), show: node('TestShow', { value: ['wait', 0] }) },
      {
        signal: controller.signal,
        onMessage: (message) => {
          if (message.type === 'executing') setImmediate(() => controller.abort())
        },
      },
    )
    expect(run.outcome.status).toBe('interrupted')
    expect(run.order.at(-1)).toBe('execution_interrupted')
  })
})

describe('partial execution', () => {
  const prompt = {
    two: node('TestNumber', { value: 2 }),
    first: node('TestShow', { value: ['two', 0] }),
    second: node('TestShow', { value: 9 }),
  }

  it('runs only the outputs that were asked for', async () => {
    const run = await createGraphEngine().run(prompt, { targets: ['first'] })
    expect(run.ran).toEqual(['two', 'first'])
    expect(Object.keys(run.outcome.outputs)).toEqual(['first'])
  })

  it('runs another output node when it lies upstream of a target', async () => {
    const run = await createGraphEngine().run(
      {
        ...prompt,
        pass: node('TestPassThrough', { value: ['two', 0] }),
        end: node('TestShow', { value: ['pass', 0] }),
      },
      { targets: ['end'] },
    )
    expect(run.ran).toEqual(['two', 'pass', 'end'])
    expect(run.outcome.outputs).toEqual({ pass: { seen: [2] }, end: { values: [2] } })
  })
})

describe('secrets of a prompt', () => {
  const asking = (execute: AnyNode['execute']): AnyNode => ({
    classType: 'TestSecret',
    category: 'test',
    inputs: {},
    hidden: { key: 'API_KEY_COMFY_ORG', token: 'AUTH_TOKEN_COMFY_ORG' },
    outputs: [{ type: 'STRING' }],
    isOutputNode: true,
    execute,
  })

  it('reach the node that asks for them', async () => {
    let given: unknown
    const secret = asking((inputs) => {
      given = inputs
      return []
    })
    await createGraphEngine({ nodes: [secret] }).run({ secret: node('TestSecret', {}) })
    expect(given).toEqual({ key: 'hidden-key', token: 'hidden-token' })
  })

  it('are not among the inputs that an error describes', async () => {
    const secret = asking(() => {
      throw new Error('no')
    })
    const run = await createGraphEngine({ nodes: [secret] }).run({ secret: node('TestSecret', {}) })
    expect(run.outcome.status).toBe('error')
    expect(JSON.stringify(run.messages)).not.toMatch(/hidden-(key|token)/)
  })
})

describe('what a node is told', () => {
  it('gets hidden inputs: the executed prompt with change marks, and the extra data', async () => {
    const engine = createGraphEngine()
    await engine.run({ look: node('TestPrompt', { key: 'a' }), show: node('TestShow', { value: ['look', 0] }) })
    const inputs = engine.world.calls.find((call) => call.nodeId === 'look')!.inputs
    expect(inputs.extra).toEqual({ workflow: { id: 'w' } })
    expect(inputs.prompt).toMatchObject({
      look: { class_type: 'TestPrompt', inputs: { key: 'a' }, is_changed: ['digest'] },
      show: { class_type: 'TestShow' },
    })
  })

  it('does not get literals it does not declare', async () => {
    const engine = createGraphEngine()
    await engine.run({ show: node('TestShow', { value: 1, more: 2 }) })
    expect(engine.world.calls[0]?.inputs).toEqual({ value: 1 })
  })

  it('gets a list literal without its wrapper', async () => {
    const engine = createGraphEngine()
    const run = await engine.run({ show: node('TestShow', { value: { __value__: ['a', 1] } }) })
    expect(run.shown('show')).toEqual([['a', 1]])
  })
})
