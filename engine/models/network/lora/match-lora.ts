/** @file Holds a LoRA to a network before it is used: which of its layers there are, and whether they fit. */
import { NodeError } from '../../../nodes/define.ts'
import { buildGraph } from '../describe-network.ts'
import type { Layers, SideBranches } from '../layers.ts'
import { recordingSource } from '../tensor-source.ts'
import { findLoraLayer, type ModuleNames } from './branches.ts'
import type { LoraFile, LoraTarget } from './read-lora.ts'

export interface ModuleShape {
  inputs: number
  outputs: number
}

/** Every layer of a network that a LoRA may change, found by building it over nothing. */
export function listModules(build: (layers: Layers) => void): Map<string, ModuleShape> {
  const modules = new Map<string, ModuleShape>()
  const note = (module: string, { inputs, outputs }: ModuleShape) => {
    modules.set(module, { inputs, outputs })
    return null
  }
  const recorder: SideBranches = {
    begin: () => undefined,
    linear: (_layers, module, _input, shape) => note(module, shape),
    conv: (_layers, module, _input, shape) => note(module, shape),
    weight: (_layers, _module, weight) => weight,
  }
  const branches = { identity: 'modules', files: [], create: () => recorder }
  buildGraph({ kind: 'modules', config: null, device: 'cpu', source: recordingSource(), branches, build })
  return modules
}

export interface LoraMatch {
  /** Layers that will be changed. */
  matched: number
  /** What the file says about layers that this network does not have, by the file's names. */
  unmatched: string[]
}

/** @throws NodeError naming the file when a layer was made for another shape: a LoRA of another family */
export function matchLora(
  lora: LoraFile,
  target: LoraTarget,
  modules: ReadonlyMap<string, ModuleShape>,
  names: ModuleNames,
): LoraMatch {
  const used = new Set<string>()
  for (const [module, shape] of modules) {
    const found = findLoraLayer({ lora, target }, names(module))
    if (!found) continue
    used.add(found.name)
    checkShape(lora, found.layer, module, shape)
  }
  return { matched: used.size, unmatched: unmatchedLayers(lora, target, used) }
}

/** A name of the file for every layer of a network that is not among the used ones. */
export function unmatchedLayers(lora: LoraFile, target: LoraTarget, used: ReadonlySet<string> = new Set()): string[] {
  return [...(lora.layers.get(target) ?? [])]
    .filter(([name]) => !used.has(name))
    .flatMap(([, layer]) => [...layer.values()].slice(0, 1))
}

/** Parts whose second dimension, or first, is the layer's own. */
const inputParts = ['down', 'hada_w1_b'] as const
const outputParts = ['up'] as const

function checkShape({ file }: LoraFile, layer: ReadonlyMap<string, string>, module: string, shape: ModuleShape): void {
  const size = (part: string, axis: number) => file.tensors.get(layer.get(part) ?? '')?.shape[axis]
  const inputs = inputParts.map((part) => size(part, 1)).find((value) => value !== undefined)
  const outputs = outputParts.map((part) => size(part, 0)).find((value) => value !== undefined)
  const fits = (inputs ?? shape.inputs) === shape.inputs && (outputs ?? shape.outputs) === shape.outputs
  if (fits) return
  throw new NodeError(
    `${file.name} was made for a model of another family: its "${module}" maps ${inputs} to ${outputs} values, the model's ${shape.inputs} to ${shape.outputs}`,
  )
}
