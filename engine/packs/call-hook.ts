/** @file Calls one function of a pack's node, in the process that holds the pack, and judges what it gives back. */
import { type AnyNode, type InputSpec, type NodeEnvironment, NodeError } from '../nodes/define.ts'
import type { HookCall } from './declaration.ts'

/** @throws whatever the pack's function throws; NodeError for an answer that cannot be used */
export async function callHook(
  call: HookCall,
  nodes: ReadonlyMap<string, AnyNode>,
  environment: NodeEnvironment,
): Promise<unknown> {
  const node = nodes.get(call.classType)
  if (node === undefined) throw new NodeError(`The pack of ${call.classType} is not loaded any more`, 'RuntimeError')
  if (call.hook === 'choices') {
    const { choices } = node.inputs[call.input] as InputSpec
    const given: unknown = typeof choices === 'function' ? await choices(environment) : choices
    const usable = new Set(['string', 'number', 'boolean'])
    if (Array.isArray(given) && given.every((choice) => usable.has(typeof choice))) return given
    throw new NodeError(`The choices of ${call.input} are no list of texts`, 'TypeError')
  }
  const answer: unknown = await node.validate?.check(call.inputs, environment, call.inputTypes)
  return typeof answer === 'boolean' ? answer : String(answer)
}

export function describeHookFailure(error: unknown): { exceptionType: string; message: string } {
  if (error instanceof NodeError) return { exceptionType: error.exceptionType, message: error.message }
  if (error instanceof Error) return { exceptionType: error.name, message: error.message }
  return { exceptionType: 'Exception', message: String(error) }
}
