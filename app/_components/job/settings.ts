/**
 * @file The settings a job ran with, in words and in the order a person cares for: texts, seeds, models, pictures, the rest.
 * From the form values when a workflow of the studio made it, else read from the graph. Pure.
 */
import type { JobDetail } from '#contracts/jobs'
import type { WorkflowSummary } from '#contracts/workflows'
import { type GraphNode, graphNodes } from './graph/graph-nodes.ts'

export type SettingKind = 'text' | 'seed' | 'model' | 'media' | 'value'

export interface Setting {
  /** the same for the same setting of two jobs */
  key: string
  label: string
  kind: SettingKind
  /** as the record has it: text, number, … */
  value: unknown
  /** chosen in the form, or the text, seed or model of a graph; the others are what the workflow fixes */
  main: boolean
}

export type SettingsSource = Pick<JobDetail, 'workflow' | 'inputs' | 'seeds' | 'prompt'>

const order: readonly SettingKind[] = ['text', 'seed', 'model', 'media', 'value']

/** @param workflow - the manifest of the job's workflow, when the pod still has it */
export function settingsOf(job: SettingsSource, workflow: WorkflowSummary | null): Setting[] {
  const nodes = graphNodes(job.prompt)
  const fromForm = Object.entries(job.inputs).map(([id, value]): Setting => {
    const input = workflow?.inputs.find((each) => each.id === id)
    return {
      key: `input:${id}`,
      label: input?.label ?? sentence(id),
      kind: id in job.seeds ? 'seed' : kindOfInput(input?.type, value),
      value,
      main: true,
    }
  })
  const covered = new Set(
    workflow?.inputs.flatMap((input) => input.targets.map((target) => `${target.node}.${target.input}`)),
  )
  const said = new Set(fromForm.map((setting) => setting.value))
  const isForm = fromForm.length > 0
  const fromGraph = nodes.flatMap((node) =>
    node.values
      .filter(({ name }) => !covered.has(`${node.id}.${name}`) && !plumbing.has(name))
      .map(({ name, value }): Setting => {
        const kind = kindOfGraphValue(node, name, value)
        return {
          key: `node:${node.id}.${name}`,
          label: kind === 'model' ? modelLabel(name) : isForm ? nodeLabel(node, name) : graphLabel(node, name, kind),
          kind,
          value,
          // A value of the form is in the graph again when the manifest is gone.
          main: !said.has(value) && (kind === 'model' || (!isForm && kind !== 'value')),
        }
      }),
  )
  const all = [...fromForm, ...fromGraph]
  return order.flatMap((kind) => all.filter((setting) => setting.kind === kind))
}

/** Where files go says nothing of how a picture looks. */
const plumbing = new Set(['filename_prefix', 'upload', 'control_after_generate'])

function kindOfInput(type: WorkflowSummary['inputs'][number]['type'] | undefined, value: unknown): SettingKind {
  if (type === 'text' || type === 'seed' || type === 'model') return type
  if (type === 'image' || type === 'video') return 'media'
  if (type === undefined && typeof value === 'string') return mediaName.test(value) ? 'media' : 'text'
  return 'value'
}

const mediaName = /\.(png|jpe?g|webp|gif|bmp|mp4|webm|mov|avi)( \[\w+\])?$/i
const modelName = /\.(safetensors|ckpt|pt|pth|bin|onnx|gguf|param|sft)$/i

function kindOfGraphValue(node: GraphNode, name: string, value: unknown): SettingKind {
  if (/^(noise_)?seed$/.test(name) && typeof value === 'number') return 'seed'
  if (typeof value !== 'string') return 'value'
  if (modelName.test(value)) return 'model'
  if (mediaName.test(value)) return 'media'
  return name === 'text' || name === 'prompt' || /TextEncode/.test(node.type) ? 'text' : 'value'
}

const nodeLabel = (node: GraphNode, name: string) => `${node.title}: ${sentence(name)}`

const graphLabel = (node: GraphNode, name: string, kind: SettingKind) =>
  kind === 'seed' ? 'Seed' : kind === 'text' ? node.title : nodeLabel(node, name)

/** What the usual loaders call a file, in people's words. */
const modelWords: Record<string, string> = {
  ckpt_name: 'Checkpoint',
  lora_name: 'LoRA',
  vae_name: 'VAE',
  unet_name: 'Diffusion model',
  clip_name: 'Text encoder',
  control_net_name: 'ControlNet',
}

const modelLabel = (name: string) => modelWords[name] ?? (/^clip_name\d$/.test(name) ? 'Text encoder' : 'Model')

/** `noise_seed` → `Noise seed` */
const sentence = (name: string) => {
  const words = name.replaceAll('_', ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** A value as people read it. */
export function valueInWords(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–'
  if (typeof value === 'string') return value.replace(/^\d{8}_\d{6}_[0-9a-f]{6}_/, '')
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? '–')
}
