import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { workflowFileSchema } from '#contracts/workflows'
import { findProjectRoot } from '#platform/project-root'
import { studioDirectory } from '#platform/studio-directory'
import { createNodeEnvironment } from '../environment.ts'
import { validatePrompt } from '../graph/validate.ts'
import { builtinNodes } from './index.ts'
import { createNodeRegistry } from './registry.ts'

const { defaults } = studioDirectory('/nowhere', findProjectRoot())
const registry = createNodeRegistry(builtinNodes)
const environment = createNodeEnvironment({
  input: defaults.input,
  output: '/nowhere/output',
  temp: '/nowhere/temp',
  modelRoots: [defaults.models],
  customNodes: '/nowhere/custom_nodes',
})
const workflows = readdirSync(defaults.workflows).map((file) => ({
  id: file.replace(/\.json$/, ''),
  content: JSON.parse(readFileSync(join(defaults.workflows, file), 'utf8')) as unknown,
}))

it('ships the eight workflows that the documentation names', () => {
  expect(workflows.map(({ id }) => id).sort()).toEqual([
    'camera-move',
    'clean-up-jpeg',
    'clean-upscale-cutout',
    'remove-background',
    'two-pictures-to-video',
    'upscale-2x',
    'upscale-4x',
    'upscale-4x-sharp',
  ])
})

describe.each(workflows)('workflow $id', ({ content }) => {
  const workflow = workflowFileSchema.parse(content)

  it('is a graph that the engine accepts as it is, with the samples and models that ship', async () => {
    const result = await validatePrompt({ prompt: workflow.prompt, registry, environment })
    expect(result).toMatchObject({ ok: true, nodeErrors: {} })
  })

  it('points every form field at an input that the node declares, with a default that the graph already has', () => {
    for (const field of workflow.inputs) {
      for (const { node, input } of field.targets) {
        const target = workflow.prompt[node]!
        expect(registry.get(target.class_type)?.inputs).toHaveProperty(input)
        expect(target.inputs[input]).toEqual(field.default)
      }
    }
  })

  it('keeps every range of the form within what the node takes', () => {
    for (const field of workflow.inputs) {
      if (field.type !== 'int' && field.type !== 'float') continue
      for (const { node, input } of field.targets) {
        const { options } = registry.get(workflow.prompt[node]!.class_type)!.inputs[input]!
        expect(options.min).toBeLessThanOrEqual(field.min)
        expect(options.max).toBeGreaterThanOrEqual(field.max)
      }
    }
  })

  it('names the kind of every output node, and at least one final one', () => {
    const outputNodes = Object.entries(workflow.prompt)
      .filter(([, { class_type }]) => registry.get(class_type)?.isOutputNode)
      .map(([id]) => id)
    expect(workflow.outputs.map(({ node }) => node).sort()).toEqual(outputNodes.sort())
    expect(workflow.outputs.some(({ kind }) => kind === 'final')).toBe(true)
  })

  it('lists every model that its graph or one of its choices uses, and each is shipped', async () => {
    const chosen = workflow.inputs.flatMap((field) =>
      field.type === 'select' ? field.options.map(({ value }) => value) : [],
    )
    const used = [...Object.values(workflow.prompt).flatMap(({ inputs }) => Object.values(inputs)), ...chosen]
    const files = used.filter((value) => typeof value === 'string' && /\.(param|onnx)$/.test(value))
    expect(workflow.models.map(({ file }) => file).sort()).toEqual([...new Set(files)].sort())
    for (const { folder, file } of workflow.models) {
      expect(await environment.findModel(folder, file)).not.toBeNull()
    }
  })

  it('gives every step a title in plain words', () => {
    for (const node of Object.values(workflow.prompt)) {
      expect(node._meta?.title).toMatch(/^[A-Z]/)
      expect(node._meta?.title).not.toBe(node.class_type)
    }
  })
})
