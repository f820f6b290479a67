import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { workflowFileSchema } from '#contracts/workflows'
import { findProjectRoot } from '#platform/project-root'
import { studioDirectory } from '#platform/studio-directory'
import { createNodeEnvironment } from '../environment.ts'
import { validatePrompt } from '../graph/validate.ts'
import { builtinNodes } from './index.ts'
import { createNodeRegistry } from './registry.ts'

const { defaults } = studioDirectory('/nowhere', findProjectRoot())
const registry = createNodeRegistry(builtinNodes)
/** Stands for the models that are downloaded: their names, nothing in them. */
const downloaded = mkdtempSync(join(tmpdir(), 'downloaded-'))
afterAll(() => rmSync(downloaded, { recursive: true }))
const environmentWith = (modelRoots: string[]) =>
  createNodeEnvironment({
    input: defaults.input,
    output: '/nowhere/output',
    temp: '/nowhere/temp',
    modelRoots,
    customNodes: '/nowhere/custom_nodes',
  })
const shipped = environmentWith([defaults.models])
const environment = environmentWith([defaults.models, downloaded])
const workflows = readdirSync(defaults.workflows).map((file) => ({
  id: file.replace(/\.json$/, ''),
  content: JSON.parse(readFileSync(join(defaults.workflows, file), 'utf8')) as unknown,
}))
/** Where `STUDIO_MODEL_HOSTS` lets models come from unless it is set. */
const hosts = ['huggingface.co', 'civitai.com', 'github.com']

it('ships the workflows that the documentation names', () => {
  expect(workflows.map(({ id }) => id).sort()).toEqual([
    'camera-move',
    'clean-up-jpeg',
    'clean-upscale-cutout',
    'controlnet',
    'hires-fix',
    'image-to-image',
    'inpaint',
    'remove-background',
    'text-to-image',
    'text-to-image-lora',
    'two-pictures-to-video',
    'upscale-2x',
    'upscale-4x',
    'upscale-4x-sharp',
  ])
  const readme = readFileSync(join(findProjectRoot(), 'README.md'), 'utf8')
  for (const { content } of workflows) expect(readme).toContain(workflowFileSchema.parse(content).name)
})

it('knows one address, size and licence for each file that has to be fetched', () => {
  const known = new Map<string, unknown>()
  for (const { content } of workflows) {
    for (const model of workflowFileSchema.parse(content).models.filter(({ url }) => url)) {
      const key = `${model.folder}/${model.file}`
      expect(model).toEqual(known.get(key) ?? model)
      known.set(key, model)
    }
  }
  const documented = readFileSync(join(findProjectRoot(), 'docs/models.md'), 'utf8')
  for (const [key, model] of known) {
    expect(documented).toContain(key)
    expect(documented).toContain((model as { sha256: string }).sha256)
  }
})

describe.each(workflows)('workflow $id', ({ content }) => {
  const workflow = workflowFileSchema.parse(content)

  it('is a graph that the engine accepts as it is, with the samples and models that ship or are downloaded', async () => {
    for (const { folder, file } of workflow.models.filter(({ url }) => url)) {
      mkdirSync(dirname(join(downloaded, folder, file)), { recursive: true })
      writeFileSync(join(downloaded, folder, file), '')
    }
    const result = await validatePrompt({ prompt: workflow.prompt, registry, environment })
    expect(result).toMatchObject({ ok: true, nodeErrors: {} })
  })

  it('points every form field at an input that the node declares, with a default that the graph already has', () => {
    for (const field of workflow.inputs) {
      for (const { node, input } of field.targets) {
        const target = workflow.prompt[node]!
        expect(registry.get(target.class_type)?.inputs).toHaveProperty(input)
        // A seed without a default is drawn for each run.
        if (field.type === 'seed') expect(target.inputs[input]).toBe(field.default ?? 0)
        else expect(target.inputs[input]).toEqual(field.default)
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

  it('offers in a list of choices only what the node takes, and all samplers and schedulers', async () => {
    for (const field of workflow.inputs) {
      if (field.type !== 'select') continue
      const offered = field.options.map(({ value }) => value)
      for (const { node, input } of field.targets) {
        const { choices, options } = registry.get(workflow.prompt[node]!.class_type)!.inputs[input]!
        if (choices === undefined) {
          for (const value of offered) {
            expect(value).toBeGreaterThanOrEqual(options.min as number)
            expect(value).toBeLessThanOrEqual(options.max as number)
          }
          continue
        }
        const taken = typeof choices === 'function' ? await choices(environment) : choices
        expect(taken).toEqual(expect.arrayContaining(offered))
        if (/^(sampler_name|scheduler)$/.test(input)) expect(offered).toEqual(taken)
      }
    }
  })

  it('lists every model that its graph or one of its choices uses, and each is shipped or says where it is got', async () => {
    const chosen = workflow.inputs.flatMap((field) =>
      field.type === 'select' ? field.options.map(({ value }) => value) : [],
    )
    const used = [...Object.values(workflow.prompt).flatMap(({ inputs }) => Object.values(inputs)), ...chosen]
    const files = used.filter((value) => typeof value === 'string' && /\.(param|onnx|safetensors)$/.test(value))
    expect(workflow.models.map(({ file }) => file).sort()).toEqual([...new Set(files)].sort())
    for (const model of workflow.models) {
      if ((await shipped.findModel(model.folder, model.file)) !== null) continue
      expect(hosts).toContain(new URL(model.url!).hostname)
      expect(model).toMatchObject({
        how_to_get: expect.stringMatching(/^[A-Z].*\.$/),
        sha256: expect.any(String),
        size: expect.any(Number),
        license: expect.stringMatching(/\S/),
      })
      // Somebody who has another model of this kind must be able to choose it.
      const field = workflow.inputs.find((input) => input.type === 'model' && input.default === model.file)
      expect(field).toMatchObject({ folder: model.folder })
    }
  })

  it('gives every step a title in plain words', () => {
    for (const node of Object.values(workflow.prompt)) {
      expect(node._meta?.title).toMatch(/^[A-Z]/)
      expect(node._meta?.title).not.toBe(node.class_type)
    }
  })
})
