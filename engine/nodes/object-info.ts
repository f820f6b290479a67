/**
 * @file `object_info`: a node's declaration in the form ComfyUI's clients read. Combos are evaluated at each request,
 * through the environment. Also the one place that spells an input as `[type, options]` (validation errors quote it).
 */
import type { AnyNode, HiddenInput, InputSpec, NodeEnvironment } from './define.ts'
import type { NodeRegistry } from './registry.ts'
import { rememberListings } from './remember-listings.ts'

/** `[type, options]`; for a combo the list of its choices stands in place of the type. */
export type InputConfig = [type: string | readonly string[], options: Record<string, unknown>]

type InputGroup = 'required' | 'optional'

export interface NodeInfo {
  input: Partial<Record<InputGroup, Record<string, InputConfig>>> & { hidden?: Record<string, HiddenInput> }
  input_order: Partial<Record<InputGroup | 'hidden', string[]>>
  is_input_list: boolean
  output: string[]
  output_is_list: boolean[]
  output_name: string[]
  output_tooltips?: string[]
  name: string
  display_name: string
  description: string
  python_module: string
  category: string
  output_node: boolean
  has_intermediate_output: boolean
  deprecated?: true
  experimental?: true
  dev_only?: true
  api_node?: true
  essentials_category?: string
  search_aliases?: readonly string[]
}

/** @throws whatever the combo's choices throw */
export async function describeInput(spec: InputSpec, environment: NodeEnvironment): Promise<InputConfig> {
  if (spec.choices === undefined) return [spec.type, spec.options]
  const { choices } = spec
  return [typeof choices === 'function' ? await choices(environment) : choices, spec.options]
}

/** @throws whatever the choices of one of its combos throw */
export async function describeNode(node: AnyNode, environment: NodeEnvironment): Promise<NodeInfo> {
  const configs = await Promise.all(
    Object.entries<InputSpec>(node.inputs).map(async ([name, spec]) => ({
      name,
      optional: spec.optional === true,
      config: await describeInput(spec, environment),
    })),
  )
  const required = configs.filter((input) => !input.optional)
  const optional = configs.filter((input) => input.optional)
  const hidden = Object.entries(node.hidden ?? {})
  const tooltips = node.outputs.some((output) => output.tooltip !== undefined)
  return {
    input: {
      required: Object.fromEntries(required.map(({ name, config }) => [name, config])),
      ...(optional.length > 0 && { optional: Object.fromEntries(optional.map(({ name, config }) => [name, config])) }),
      ...(hidden.length > 0 && { hidden: Object.fromEntries(hidden) }),
    },
    input_order: {
      required: required.map(({ name }) => name),
      ...(optional.length > 0 && { optional: optional.map(({ name }) => name) }),
      ...(hidden.length > 0 && { hidden: hidden.map(([name]) => name) }),
    },
    is_input_list: node.inputIsList === true,
    output: node.outputs.map((output) => output.type),
    output_is_list: node.outputs.map((output) => output.isList === true),
    output_name: node.outputs.map((output) => output.name ?? output.type),
    ...(tooltips && { output_tooltips: node.outputs.map((output) => output.tooltip ?? '') }),
    name: node.classType,
    display_name: node.displayName ?? node.classType,
    description: node.description ?? '',
    python_module: node.module ?? 'nodes',
    category: node.category,
    output_node: node.isOutputNode === true,
    has_intermediate_output: node.hasIntermediateOutput === true,
    ...(node.deprecated && { deprecated: true }),
    ...(node.experimental && { experimental: true }),
    ...(node.devOnly && { dev_only: true }),
    ...(node.apiNode && { api_node: true }),
    ...(node.essentialsCategory && { essentials_category: node.essentialsCategory }),
    ...(node.searchAliases && { search_aliases: node.searchAliases }),
  }
}

/**
 * Describes every node of the registry.
 * @param onFailure - told about a node whose description failed; that node is left out of the answer
 */
export async function describeAllNodes(
  registry: NodeRegistry,
  environment: NodeEnvironment,
  onFailure: (classType: string, error: unknown) => void = () => undefined,
): Promise<Record<string, NodeInfo>> {
  const shared = rememberListings(environment)
  const described = await Promise.all(
    [...registry].map(async (node): Promise<[string, NodeInfo] | null> => {
      try {
        return [node.classType, await describeNode(node, shared)]
      } catch (error) {
        onFailure(node.classType, error)
        return null
      }
    }),
  )
  return Object.fromEntries(described.filter((entry) => entry !== null))
}

/** The answer to `/object_info/{class}`: empty for an unknown class and for one whose description fails. */
export async function describeOneNode(
  registry: NodeRegistry,
  classType: string,
  environment: NodeEnvironment,
  onFailure: (classType: string, error: unknown) => void = () => undefined,
): Promise<Record<string, NodeInfo>> {
  const node = registry.get(classType)
  if (node === undefined) return {}
  try {
    return { [node.classType]: await describeNode(node, rememberListings(environment)) }
  } catch (error) {
    onFailure(classType, error)
    return {}
  }
}
