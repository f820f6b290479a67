import { describe, expect, it } from 'vitest'
import { type AnyNode, defineNode, input, type NodeEnvironment } from '../nodes/define.ts'
import { createNodeRegistry } from '../nodes/registry.ts'
import { emptyEnvironment } from './testing/graph-engine.ts'
import { type ValidationResult, validatePrompt } from './validate.ts'

const execute = () => []
const many = Array.from({ length: 21 }, (_, index) => `file${index}`)

const nodes: AnyNode[] = [
  defineNode({
    classType: 'Number',
    category: '',
    inputs: { value: input.int() },
    outputs: [{ type: 'INT' }],
    execute,
  }),
  defineNode({
    classType: 'Loader',
    category: '',
    inputs: { ckpt_name: input.combo((environment) => environment.listModels('checkpoints')) },
    outputs: [{ type: 'MODEL' }, { type: 'STRING' }],
    execute,
  }),
  defineNode({
    classType: 'Convert',
    category: '',
    inputs: {
      int: input.optional(input.int({ min: 0, max: 10 })),
      float: input.optional(input.float({ min: 0, max: 1 })),
      text: input.optional(input.string()),
      flag: input.optional(input.boolean()),
      long: input.optional(input.combo(many)),
      several: input.optional(input.combo(['a', 'b', 'c'], { multiselect: true })),
      typed: input.optional({ type: 'COMBO', options: { options: ['x', 'y'] } }),
    },
    outputs: [{ type: 'INT' }],
    isOutputNode: true,
    execute,
  }),
  defineNode({
    classType: 'Save',
    category: '',
    inputs: { value: input.link('INT,FLOAT'), name: input.optional(input.string()) },
    outputs: [],
    isOutputNode: true,
    execute,
  }),
  defineNode({
    classType: 'Any',
    category: '',
    inputs: { value: input.link('*') },
    outputs: [{ type: '*' }],
    isOutputNode: true,
    execute,
  }),
  defineNode({
    classType: 'Middle',
    category: '',
    inputs: { value: input.link('INT'), model: input.optional(input.link('MODEL')) },
    outputs: [{ type: 'INT' }],
    execute,
  }),
  defineNode({
    classType: 'Judge',
    category: '',
    inputs: {
      image: input.combo(['only.png']),
      size: input.optional(input.int({ max: 5 })),
      link: input.optional(input.link('*')),
      raw: input.optional(input.link('*', { rawLink: true })),
    },
    outputs: [{ type: 'INT' }],
    isOutputNode: true,
    validate: {
      names: ['image', 'link', 'raw'],
      check: (inputs) => {
        if (inputs.image === 'throw') throw new TypeError('the check failed')
        if (inputs.image === 'see') return JSON.stringify(inputs)
        return inputs.image === 'false' ? false : inputs.image === 'text' ? 'Invalid image file: text' : true
      },
    },
    execute,
  }),
  defineNode({
    classType: 'JudgeTypes',
    category: '',
    inputs: { value: input.link('IMAGE') },
    outputs: [],
    isOutputNode: true,
    validate: {
      names: 'all',
      wantsInputTypes: true,
      check: (_inputs, _environment, types) => (types.value === 'INT' ? true : `got ${types.value}`),
    },
    execute,
  }),
  defineNode({
    classType: 'Broken',
    category: '',
    inputs: {
      choice: input.combo(() => {
        throw new Error('the folder is gone')
      }),
    },
    outputs: [{ type: 'INT' }],
    execute,
  }),
]
const registry = createNodeRegistry(nodes)
const environment: NodeEnvironment = {
  ...emptyEnvironment,
  listModels: async () => ['a.safetensors', "it's.safetensors"],
}

function validate(prompt: unknown, partialExecutionTargets?: unknown[]): Promise<ValidationResult> {
  return validatePrompt({ prompt, registry, environment, partialExecutionTargets })
}

/** The only error of the only node at fault. */
async function soleError(prompt: unknown, nodeId: string) {
  const result = await validate(prompt)
  expect(Object.keys(result.nodeErrors)).toEqual([nodeId])
  const { errors } = result.nodeErrors[nodeId]!
  expect(errors).toHaveLength(1)
  return errors[0]!
}

const node = (class_type: string, inputs: Record<string, unknown> = {}) => ({ class_type, inputs })

describe('a prompt as a whole', () => {
  it('is refused when there is none', async () => {
    const error = { type: 'no_prompt', message: 'No prompt provided', details: 'No prompt provided', extra_info: {} }
    expect(await validate(undefined)).toEqual({ ok: false, error, nodeErrors: {} })
  })

  it('is refused when a node has no class_type, naming its title or its id', async () => {
    expect(await validate({ '7': { inputs: {} } })).toMatchObject({
      error: {
        type: 'missing_node_type',
        message: "Node 'ID #7' has no class_type. The workflow may be corrupted or a custom node is missing.",
        details: "Node ID '#7'",
        extra_info: { node_id: '7', class_type: null, node_title: 'ID #7' },
      },
    })
    const titled = await validate({ '7': { inputs: {}, _meta: { title: 'My node' } } })
    expect(titled).toMatchObject({ error: { extra_info: { node_title: 'My node' } } })
  })

  it('is refused when a class is unknown, also on an unconnected node', async () => {
    const prompt = { '1': node('Any', { value: 1 }), '2': node('KSampler') }
    expect(await validate(prompt)).toMatchObject({
      ok: false,
      error: {
        type: 'missing_node_type',
        message: "Node 'KSampler' not found. The custom node may not be installed.",
        details: "Node ID '#2'",
        extra_info: { node_id: '2', class_type: 'KSampler', node_title: 'KSampler' },
      },
      nodeErrors: {},
    })
  })

  it('is refused without output nodes, and when none of them is a target', async () => {
    const error = { type: 'prompt_no_outputs', message: 'Prompt has no outputs', details: '', extra_info: {} }
    expect(await validate({ '1': node('Number', { value: 1 }) })).toEqual({ ok: false, error, nodeErrors: {} })
    expect(await validate({ '1': node('Any', { value: 1 }) }, [])).toEqual({ ok: false, error, nodeErrors: {} })
    expect(await validate({ '1': node('Any', { value: 1 }) }, ['2'])).toMatchObject({ error })
  })

  it('runs only the targets that are output nodes', async () => {
    const prompt = { '1': node('Number', { value: 1 }), '2': node('Any', { value: 1 }), '3': node('Any', { value: 2 }) }
    expect(await validate(prompt, ['1', '3'])).toMatchObject({ ok: true, outputsToExecute: ['3'] })
  })

  it('lists the errors of the output nodes themselves, a line each', async () => {
    const result = await validate({ '1': node('Save'), '2': node('Convert', { int: 11, float: 2 }) })
    expect(result).toMatchObject({
      ok: false,
      error: {
        type: 'prompt_outputs_failed_validation',
        message: 'Prompt outputs failed validation',
        details:
          'Required input is missing: value\nValue 11 bigger than max of 10: int\nValue 2.0 bigger than max of 1.0: float',
      },
    })
  })

  it('has no details when the faults are all upstream, and lists only nodes with errors of their own', async () => {
    const result = await validate({
      '1': node('Number'),
      '2': node('Middle', { value: ['1', 0] }),
      '3': node('Save', { value: ['2', 0] }),
    })
    expect(result).toMatchObject({ ok: false, error: { details: '' } })
    expect(result.nodeErrors).toEqual({
      '1': {
        errors: [
          {
            type: 'required_input_missing',
            message: 'Required input is missing',
            details: 'value',
            extra_info: { input_name: 'value' },
          },
        ],
        dependent_outputs: ['3'],
        class_type: 'Number',
      },
    })
  })

  it('that is partly valid is accepted, runs its valid outputs and says what is wrong with the others', async () => {
    const result = await validate({ good: node('Any', { value: 1 }), bad: node('Save') })
    expect(result).toMatchObject({ ok: true, outputsToExecute: ['good'] })
    expect(Object.keys(result.nodeErrors)).toEqual(['bad'])
  })

  it('names every output that a faulty node belongs to', async () => {
    const result = await validate({
      n: node('Number'),
      a: node('Save', { value: ['n', 0] }),
      b: node('Save', { value: ['n', 0] }),
      c: node('Save'),
    })
    expect(result.nodeErrors.n?.dependent_outputs).toEqual(['a', 'b'])
    expect(result.nodeErrors.c?.dependent_outputs).toEqual(['c'])
  })
})

describe('an input', () => {
  it('that is an array but no link is a bad link', async () => {
    for (const value of [[], ['1'], ['1', 0, 0], [1, 0], ['1', '0'], [[1], 0]]) {
      expect(await soleError({ '2': node('Save', { value }) }, '2')).toEqual({
        type: 'bad_linked_input',
        message: 'Bad linked input, must be a length-2 list of [node_id, slot_index]',
        details: 'value',
        extra_info: { input_name: 'value', input_config: ['INT,FLOAT', {}], received_value: value },
      })
    }
  })

  it('of another type than its source gives is a mismatch', async () => {
    const prompt = { '1': node('Loader', { ckpt_name: 'a.safetensors' }), '2': node('Save', { value: ['1', 0] }) }
    expect(await soleError(prompt, '2')).toEqual({
      type: 'return_type_mismatch',
      message: 'Return type mismatch between linked nodes',
      details: 'value, received_type(MODEL) mismatch input_type(INT,FLOAT)',
      extra_info: {
        input_name: 'value',
        input_config: ['INT,FLOAT', {}],
        received_type: 'MODEL',
        linked_node: ['1', 0],
      },
    })
  })

  it('takes any member of its union, and everything when either side is *', async () => {
    const base = { n: node('Number', { value: 1 }), any: node('Any', { value: ['n', 0] }) }
    expect(await validate({ ...base, s: node('Save', { value: ['n', 0] }) })).toMatchObject({
      ok: true,
      nodeErrors: {},
    })
    expect(await validate({ ...base, s: node('Save', { value: ['any', 0] }) })).toMatchObject({
      ok: true,
      nodeErrors: {},
    })
  })

  it.each([
    ['int', 'x', 'INT', "invalid literal for int() with base 10: 'x'", 'x'],
    ['int', '5.0', 'INT', "invalid literal for int() with base 10: '5.0'", '5.0'],
    [
      'int',
      null,
      'INT',
      "int() argument must be a string, a bytes-like object or a real number, not 'NoneType'",
      'None',
    ],
    ['float', 'abc', 'FLOAT', "could not convert string to float: 'abc'", 'abc'],
    ['float', { a: 1 }, 'FLOAT', "float() argument must be a string or a real number, not 'dict'", "{'a': 1}"],
  ])('%s of %j cannot be converted', async (name, value, type, reason, shown) => {
    const error = await soleError({ '1': node('Convert', { [name]: value }) }, '1')
    expect(error).toMatchObject({
      type: 'invalid_input_type',
      message: `Failed to convert an input value to a ${type} value`,
      details: `${name}, ${shown}, ${reason}`,
      extra_info: { input_name: name, received_value: value, exception_message: reason },
    })
    expect((error.extra_info.input_config as unknown[])[0]).toBe(type)
  })

  it.each([
    ['int', 2.9, 2],
    ['int', ' 7 ', 7],
    ['int', true, 1],
    ['float', '0.5', 0.5],
    ['float', '1e-1', 0.1],
    ['text', 5, '5'],
    ['text', true, 'True'],
    ['text', null, 'None'],
    ['text', 0.5, '0.5'],
    ['text', { a: ['b'] }, "{'a': ['b']}"],
    ['flag', 'false', true],
    ['flag', '', false],
    ['flag', 0, false],
    ['flag', {}, false],
    ['int', { __value__: '3' }, 3],
  ])('%s of %j becomes %j in the prompt that runs', async (name, given, converted) => {
    const result = await validate({ '1': node('Convert', { [name]: given }) })
    expect(result).toMatchObject({ ok: true, prompt: { '1': { inputs: { [name]: converted } } } })
  })

  it('outside its range is an error, with floats written as floats', async () => {
    expect(await soleError({ '1': node('Convert', { int: -1 }) }, '1')).toEqual({
      type: 'value_smaller_than_min',
      message: 'Value -1 smaller than min of 0',
      details: 'int',
      extra_info: {
        input_name: 'int',
        input_config: ['INT', { default: 0, min: 0, max: 10 }],
        received_value: -1,
      },
    })
    expect(await soleError({ '1': node('Convert', { float: 1.5 }) }, '1')).toMatchObject({
      type: 'value_bigger_than_max',
      message: 'Value 1.5 bigger than max of 1.0',
      details: 'float',
    })
  })

  it('must be among the choices, which are listed as Python lists them', async () => {
    const prompt = { '4': node('Loader', { ckpt_name: 'x.safetensors' }), '9': node('Any', { value: ['4', 0] }) }
    const result = await validate(prompt)
    const choices = ['a.safetensors', "it's.safetensors"]
    expect(result.nodeErrors).toEqual({
      '4': {
        errors: [
          {
            type: 'value_not_in_list',
            message: 'Value not in list',
            details: `ckpt_name: 'x.safetensors' not in ['a.safetensors', "it's.safetensors"]`,
            extra_info: { input_name: 'ckpt_name', input_config: [choices, {}], received_value: 'x.safetensors' },
          },
        ],
        dependent_outputs: ['9'],
        class_type: 'Loader',
      },
    })
  })

  it('with more than 20 choices says how many there are and leaves the configuration out', async () => {
    expect(await soleError({ '1': node('Convert', { long: 'no' }) }, '1')).toMatchObject({
      details: "long: 'no' not in (list of length 21)",
      extra_info: { input_name: 'long', input_config: null, received_value: 'no' },
    })
  })

  it('that allows several choices checks each', async () => {
    const given = (several: unknown) => ({ '1': node('Convert', { several: { __value__: several } }) })
    expect(await validate(given(['a', 'c']))).toMatchObject({
      ok: true,
      prompt: { '1': { inputs: { several: { __value__: ['a', 'c'] } } } },
    })
    expect(await soleError(given(['a', 'd', 'e']), '1')).toMatchObject({
      details: "several: 'd', 'e' not in ['a', 'b', 'c']",
    })
  })

  it('may have its choices in the options of type COMBO', async () => {
    expect(await validate({ '1': node('Convert', { typed: 'x' }) })).toMatchObject({ ok: true })
    expect(await soleError({ '1': node('Convert', { typed: 'z' }) }, '1')).toMatchObject({
      details: "typed: 'z' not in ['x', 'y']",
    })
  })

  it('that the class does not declare is allowed and left alone', async () => {
    const result = await validate({ '1': node('Any', { value: 1, odd: [1, 2, 3] }) })
    expect(result).toMatchObject({ ok: true, prompt: { '1': { inputs: { odd: [1, 2, 3] } } } })
  })
})

describe('the node’s own validation', () => {
  it('replaces the choices of the inputs it names, and no other checks', async () => {
    expect(await validate({ '1': node('Judge', { image: 'uploaded.png' }) })).toMatchObject({ ok: true })
    expect(await soleError({ '1': node('Judge', { image: 'x', size: 6 }) }, '1')).toMatchObject({
      type: 'value_bigger_than_max',
    })
  })

  it('answers false or a text, repeated for each input it received', async () => {
    expect(await soleError({ '1': node('Judge', { image: 'false' }) }, '1')).toEqual({
      type: 'custom_validation_failed',
      message: 'Custom validation failed for node',
      details: 'image',
      extra_info: { input_name: 'image' },
    })
    const result = await validate({
      n: node('Number', { value: 1 }),
      '1': node('Judge', { image: 'text', link: ['n', 0] }),
    })
    expect(result.nodeErrors['1']?.errors.map((error) => error.details)).toEqual([
      'image - Invalid image file: text',
      'link - Invalid image file: text',
    ])
  })

  it('gets linked inputs as null and raw links as they are', async () => {
    const judge = node('Judge', { image: 'see', link: ['n', 0], raw: ['n', 0], size: 1 })
    const result = await validate({ n: node('Number', { value: 1 }), '1': judge })
    expect(result.nodeErrors['1']?.errors[0]?.details).toBe('image - {"image":"see","link":null,"raw":["n",0]}')
  })

  it('that asks for the received types decides on them itself', async () => {
    const base = { n: node('Number', { value: 1 }), l: node('Loader', { ckpt_name: 'a.safetensors' }) }
    expect(await validate({ ...base, '1': node('JudgeTypes', { value: ['n', 0] }) })).toMatchObject({ ok: true })
    expect(await soleError({ ...base, '1': node('JudgeTypes', { value: ['l', 1] }) }, '1')).toMatchObject({
      type: 'custom_validation_failed',
      details: 'value - got STRING',
    })
  })

  it('that throws is an exception of the node', async () => {
    expect(await soleError({ '1': node('Judge', { image: 'throw' }) }, '1')).toMatchObject({
      type: 'exception_during_validation',
      message: 'Exception when validating node',
      details: 'the check failed',
      extra_info: { exception_type: 'TypeError' },
    })
  })
})

describe('links that lead nowhere', () => {
  it('are an exception on an output node', async () => {
    expect(await soleError({ '9': node('Save', { value: ['7', 0] }) }, '9')).toMatchObject({
      type: 'exception_during_validation',
      details: "'7'",
      extra_info: { exception_type: 'KeyError' },
    })
  })

  it('are reported under the node that holds them, naming the link to that node', async () => {
    const prompt = { '2': node('Middle', { value: ['7', 0] }), '9': node('Save', { value: ['2', 0] }) }
    expect(await soleError(prompt, '2')).toMatchObject({
      type: 'exception_during_inner_validation',
      message: 'Exception when validating inner node',
      details: "'7'",
      extra_info: {
        input_name: 'value',
        input_config: ['INT,FLOAT', {}],
        exception_message: "'7'",
        exception_type: 'KeyError',
        linked_node: ['2', 0],
      },
    })
  })

  it('do not keep other outputs from running', async () => {
    const result = await validate({ '8': node('Any', { value: 1 }), '9': node('Save', { value: ['7', 0] }) })
    expect(result).toMatchObject({ ok: true, outputsToExecute: ['8'] })
  })

  it('may also ask for an output that the source does not have', async () => {
    const prompt = (index: number) => ({ n: node('Number', { value: 1 }), '9': node('Save', { value: ['n', index] }) })
    for (const index of [1, -1, 1e9]) {
      expect(await soleError(prompt(index), '9')).toMatchObject({ extra_info: { exception_type: 'IndexError' } })
    }
    expect(await soleError(prompt(0.5), '9')).toMatchObject({ extra_info: { exception_type: 'TypeError' } })
  })

  it('and choices that cannot be listed are exceptions too', async () => {
    const prompt = { b: node('Broken', { choice: 'x' }), '9': node('Save', { value: ['b', 0] }) }
    expect(await soleError(prompt, 'b')).toMatchObject({ details: 'the folder is gone' })
  })
})

describe('cycles', () => {
  it('are an error of every node of the cycle', async () => {
    const result = await validate({
      '1': node('Middle', { value: ['2', 0] }),
      '2': node('Middle', { value: ['1', 0] }),
      '9': node('Save', { value: ['1', 0] }),
    })
    expect(result).toMatchObject({ ok: false, error: { type: 'prompt_outputs_failed_validation', details: '' } })
    const error = (id: string) => ({
      type: 'dependency_cycle',
      message: 'Dependency cycle detected',
      details: '1 (Middle) -> 2 (Middle) -> 1 (Middle)',
      extra_info: { node_id: id, cycle_nodes: ['1', '2'] },
    })
    expect(result.nodeErrors).toEqual({
      '1': { errors: [error('1')], dependent_outputs: ['9'], class_type: 'Middle' },
      '2': { errors: [error('2')], dependent_outputs: ['9'], class_type: 'Middle' },
    })
  })

  it('of a node with itself are found', async () => {
    const result = await validate({ '1': node('Any', { value: ['1', 0] }) })
    expect(result.nodeErrors['1']?.errors[0]?.details).toBe('1 (Any) -> 1 (Any)')
  })

  it('do not keep other outputs from running', async () => {
    const result = await validate({ '1': node('Any', { value: ['1', 0] }), '2': node('Any', { value: 1 }) })
    expect(result).toMatchObject({ ok: true, outputsToExecute: ['2'] })
  })
})

describe('hostile prompts', () => {
  it('get an answer, whatever their shape', async () => {
    const shapes: unknown[] = [
      null,
      1,
      'text',
      [],
      { '1': null },
      { '1': [] },
      { '1': { class_type: 5, inputs: {} } },
      { '1': { class_type: ['Any'], inputs: {} } },
      { '1': { class_type: 'Any', inputs: [] } },
      { '1': { class_type: 'Any', inputs: 'x' } },
      { '1': { class_type: 'Any', inputs: null } },
      { '1': { class_type: 'constructor', inputs: {} } },
      { '1': { class_type: '__proto__', inputs: {} } },
    ]
    for (const shape of shapes) expect(await validate(shape)).toMatchObject({ ok: false })
  })

  it('cannot reach prototypes through ids, links or input names', async () => {
    const prompt = JSON.parse(
      '{"__proto__":{"class_type":"Number","inputs":{"value":1}},"9":{"class_type":"Save","inputs":{"value":["__proto__",0],"__proto__":5}}}',
    )
    const result = await validate(prompt)
    expect(result).toMatchObject({ ok: true, outputsToExecute: ['9'] })
    if (!result.ok) return
    expect(Object.keys(result.prompt).sort()).toEqual(['9', '__proto__'])
    expect(Object.getPrototypeOf(result.prompt)).toBe(Object.prototype)

    for (const id of ['constructor', 'toString', 'hasOwnProperty']) {
      const link = await validate({ '9': node('Save', { value: [id, 0] }) })
      expect(link.nodeErrors['9']?.errors[0]?.extra_info.exception_type).toBe('KeyError')
    }
  })

  it('may be 2,000 nodes deep, and no more', async () => {
    const chain = (length: number) => {
      const prompt: Record<string, unknown> = { n0: node('Number', { value: 0 }) }
      for (let index = 1; index < length - 1; index += 1)
        prompt[`n${index}`] = node('Middle', { value: [`n${index - 1}`, 0] })
      prompt.end = node('Save', { value: [`n${length - 2}`, 0] })
      return prompt
    }
    expect(await validate(chain(2000))).toMatchObject({ ok: true, outputsToExecute: ['end'] })
    expect(await validate(chain(2001))).toMatchObject({
      ok: false,
      error: { type: 'prompt_too_large', details: '2001 nodes; at most 2000 are accepted' },
    })
  })

  it('may not be nested without end', async () => {
    const deep = JSON.parse(
      `{"1":{"class_type":"Any","inputs":{"value":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}}}`,
    )
    expect(await validate(deep)).toMatchObject({ ok: false, error: { type: 'invalid_prompt' } })
  })

  it('with a cycle of 2,000 nodes get an answer of bearable size', async () => {
    const prompt: Record<string, unknown> = { end: node('Save', { value: ['n0', 0] }) }
    for (let index = 0; index < 1999; index += 1)
      prompt[`n${index}`] = node('Middle', { value: [`n${(index + 1) % 1999}`, 0] })
    const result = await validate(prompt)
    expect(Object.keys(result.nodeErrors)).toHaveLength(1999)
    expect(JSON.stringify(result).length).toBeLessThan(10_000_000)
  })
})
