/** @file Calls a built-in node in a test as the executor would: what is not given has its default. */
import type { AnyNode, InputSpec, NodeContext } from '../define.ts'
import { builtinNodes } from '../index.ts'
import { valuesOf } from './context.ts'

/** @returns the node's output values. @throws what the node throws; an Error when there is no such node */
export async function callNode(
  classType: string,
  inputs: Record<string, unknown>,
  context: NodeContext,
): Promise<readonly unknown[]> {
  const node = builtinNodes.find((one) => one.classType === classType)
  if (!node) throw new Error(`no node ${classType}`)
  return valuesOf(await node.execute({ ...defaultsOf(node), ...inputs }, context))
}

/** A combo's default is its first choice, unless it names one. */
function defaultsOf({ inputs }: AnyNode): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs as Record<string, InputSpec>).map(([name, { options, choices }]) => [
      name,
      options.default ?? (Array.isArray(choices) ? choices[0] : undefined),
    ]),
  )
}
