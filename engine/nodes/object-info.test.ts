import { describe, expect, it } from 'vitest'
import { emptyEnvironment } from '../graph/testing/graph-engine.ts'
import { defineNode, input, type NodeEnvironment } from './define.ts'
import { describeAllNodes, describeOneNode } from './object-info.ts'
import { createNodeRegistry } from './registry.ts'

const loader = defineNode({
  classType: 'Loader',
  displayName: 'Load it',
  description: 'Loads.',
  category: 'loaders',
  inputs: {
    name: input.combo((environment) => environment.listModels('checkpoints'), { tooltip: 'which' }),
    strength: input.optional(input.float({ default: 1, min: 0, max: 2, step: 0.01 })),
    image: input.link('IMAGE'),
  },
  hidden: { prompt: 'PROMPT', id: 'UNIQUE_ID' },
  outputs: [
    { type: 'MODEL', name: 'model', tooltip: 'the model' },
    { type: 'STRING', isList: true },
  ],
  searchAliases: ['open'],
  experimental: true,
  devOnly: true,
  apiNode: true,
  essentialsCategory: 'Basics',
  execute: () => [],
})
const broken = defineNode({
  classType: 'Broken',
  category: '',
  inputs: {
    choice: input.combo(() => {
      throw new Error('unreadable')
    }),
  },
  outputs: [],
  isOutputNode: true,
  execute: () => [],
})
const environment: NodeEnvironment = { ...emptyEnvironment, listModels: async (folder) => [`${folder}.safetensors`] }

describe('object_info', () => {
  it('describes a node as clients read it', async () => {
    const registry = createNodeRegistry([loader])
    expect(await describeAllNodes(registry, environment)).toEqual({
      Loader: {
        input: {
          required: {
            name: [['checkpoints.safetensors'], { tooltip: 'which' }],
            image: ['IMAGE', {}],
          },
          optional: { strength: ['FLOAT', { default: 1, min: 0, max: 2, step: 0.01 }] },
          hidden: { prompt: 'PROMPT', id: 'UNIQUE_ID' },
        },
        input_order: { required: ['name', 'image'], optional: ['strength'], hidden: ['prompt', 'id'] },
        is_input_list: false,
        output: ['MODEL', 'STRING'],
        output_is_list: [false, true],
        output_name: ['model', 'STRING'],
        output_tooltips: ['the model', ''],
        name: 'Loader',
        display_name: 'Load it',
        description: 'Loads.',
        python_module: 'nodes',
        category: 'loaders',
        output_node: false,
        has_intermediate_output: false,
        experimental: true,
        dev_only: true,
        api_node: true,
        essentials_category: 'Basics',
        search_aliases: ['open'],
      },
    })
  })

  it('leaves out a node whose description fails, and says so', async () => {
    const failures: string[] = []
    const registry = createNodeRegistry([broken, loader])
    const info = await describeAllNodes(registry, environment, (classType) => failures.push(classType))
    expect(Object.keys(info)).toEqual(['Loader'])
    expect(failures).toEqual(['Broken'])
    expect(await describeOneNode(registry, 'Broken', environment)).toEqual({})
  })

  it('is empty for an unknown class, also for names that every object has', async () => {
    const registry = createNodeRegistry([loader])
    for (const name of ['Nope', '__proto__', 'constructor', 'toString']) {
      expect(await describeOneNode(registry, name, environment)).toEqual({})
    }
  })

  it('reads a folder once per request, and again at the next', async () => {
    let reads = 0
    const counting = {
      ...environment,
      listModels: async () => {
        reads += 1
        return [`read${reads}`]
      },
    }
    const twin = { ...loader, classType: 'Twin' }
    const registry = createNodeRegistry([loader, twin])
    await describeAllNodes(registry, counting)
    expect(reads).toBe(1)
    expect((await describeAllNodes(registry, counting)).Twin?.input.required?.name?.[0]).toEqual(['read2'])
  })
})

describe('a registry', () => {
  it('refuses two nodes of one name', () => {
    expect(() => createNodeRegistry([loader, loader])).toThrow('Two nodes are called Loader')
  })
})
