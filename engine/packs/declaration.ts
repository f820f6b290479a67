/**
 * @file A pack's node as the engine knows it: everything that can be sent, and in the place of its functions the fact
 * that they are there. The engine describes and validates with it; calls of functions go back to the pack's process.
 */
import { type AnyNode, type InputSpec, NodeError } from '../nodes/define.ts'

type Functions = 'inputs' | 'validate' | 'changeMark' | 'checkLazyStatus' | 'execute'

export interface NodeDeclaration extends Omit<AnyNode, Functions> {
  inputs: Record<string, Omit<InputSpec, 'choices'> & { choices?: readonly string[] | 'asked' }>
  validate?: { names: readonly string[] | 'all'; wantsInputTypes?: boolean }
}

/** A function of a node that the engine needs before anything runs. */
export type HookCall =
  | { hook: 'choices'; classType: string; input: string }
  | { hook: 'validate'; classType: string; inputs: Record<string, unknown>; inputTypes: Record<string, string> }

export function toDeclaration(node: AnyNode): NodeDeclaration {
  const { validate, changeMark: _mark, checkLazyStatus: _lazy, execute: _execute, inputs, ...plain } = node
  const specs = Object.entries<InputSpec>(inputs).map(([name, { choices, ...spec }]) => [
    name,
    { ...spec, ...(choices !== undefined && { choices: typeof choices === 'function' ? 'asked' : choices }) },
  ])
  return {
    ...plain,
    inputs: Object.fromEntries(specs),
    ...(validate && { validate: { names: validate.names, wantsInputTypes: validate.wantsInputTypes } }),
  }
}

/** Whether describing or validating it needs the pack's process. */
export function hasHooks({ inputs, validate }: NodeDeclaration): boolean {
  return validate !== undefined || Object.values(inputs).some(({ choices }) => choices === 'asked')
}

/**
 * @param ask - calls a function of the node in the pack's process
 * @returns a node for the engine: it is described and validated, never executed
 */
export function fromDeclaration(declaration: NodeDeclaration, ask: (call: HookCall) => Promise<unknown>): AnyNode {
  const { classType, inputs, validate, ...plain } = declaration
  const specs = Object.entries(inputs).map(([name, spec]): [string, InputSpec] => {
    const { choices, ...rest } = spec
    if (choices === undefined) return [name, rest]
    const askChoices = () => ask({ hook: 'choices', classType, input: name }) as Promise<string[]>
    return [name, { ...rest, choices: choices === 'asked' ? askChoices : choices }]
  })
  return {
    ...plain,
    classType,
    inputs: Object.fromEntries(specs),
    ...(validate && {
      validate: {
        ...validate,
        check: (values, _environment, inputTypes) =>
          ask({ hook: 'validate', classType, inputs: values, inputTypes }) as Promise<boolean | string>,
      },
    }),
    execute: () => {
      throw new NodeError(`${classType} runs in the runner only`, 'RuntimeError')
    },
  }
}
