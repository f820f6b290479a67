/**
 * @file Every error a prompt can be refused with, in ComfyUI's words: `type`, `message`, `details`, `extra_info`.
 * Decides nothing; `validate.ts` and `validate-inputs.ts` say when.
 */
import type { Link, PromptError } from '#contracts/comfy/prompt'
import type { InputConfig } from '../nodes/object-info.ts'
import { pythonFloat, pythonRepr, pythonStr } from './python-text.ts'

/** Longest list of choices that an error spells out. */
const listedChoices = 20
/** Longest cycle that an error spells out in full. */
const listedCycle = 100

/** An exception of ours or of a node's code, as Python would name it. */
export interface ValidationException {
  type: string
  text: string
  traceback: string[]
}

// ---------------------------------------------------------------- of the whole prompt

export function noPrompt(): PromptError {
  return { type: 'no_prompt', message: 'No prompt provided', details: 'No prompt provided', extra_info: {} }
}

/** A prompt that is not an object of nodes at all; ComfyUI has no answer for these. */
export function invalidPrompt(details: string): PromptError {
  return { type: 'invalid_prompt', message: 'Prompt is not a graph in API format', details, extra_info: {} }
}

export function tooManyNodes(count: number, limit: number): PromptError {
  return {
    type: 'prompt_too_large',
    message: 'Prompt has too many nodes',
    details: `${count} nodes; at most ${limit} are accepted`,
    extra_info: { node_count: count, limit },
  }
}

export function noClassType(nodeId: string, title: string | null): PromptError {
  const shown = title ?? `ID #${nodeId}`
  return {
    type: 'missing_node_type',
    message: `Node '${shown}' has no class_type. The workflow may be corrupted or a custom node is missing.`,
    details: `Node ID '#${nodeId}'`,
    extra_info: { node_id: nodeId, class_type: null, node_title: shown },
  }
}

export function unknownClassType(nodeId: string, classType: unknown, title: string | null): PromptError {
  const shown = title ?? pythonStr(classType)
  return {
    type: 'missing_node_type',
    message: `Node '${shown}' not found. The custom node may not be installed.`,
    details: `Node ID '#${nodeId}'`,
    extra_info: { node_id: nodeId, class_type: classType, node_title: shown },
  }
}

export function noOutputs(): PromptError {
  return { type: 'prompt_no_outputs', message: 'Prompt has no outputs', details: '', extra_info: {} }
}

/** @param outputErrors - the errors of the output nodes themselves, not of what lies upstream */
export function outputsFailed(outputErrors: readonly PromptError[]): PromptError {
  return {
    type: 'prompt_outputs_failed_validation',
    message: 'Prompt outputs failed validation',
    details: outputErrors.map((error) => `${error.message}: ${error.details}`).join('\n'),
    extra_info: {},
  }
}

// ---------------------------------------------------------------- of one input

export function requiredInputMissing(name: string): PromptError {
  return {
    type: 'required_input_missing',
    message: 'Required input is missing',
    details: name,
    extra_info: { input_name: name },
  }
}

export function badLinkedInput(name: string, config: InputConfig, value: unknown): PromptError {
  return {
    type: 'bad_linked_input',
    message: 'Bad linked input, must be a length-2 list of [node_id, slot_index]',
    details: name,
    extra_info: { input_name: name, input_config: config, received_value: value },
  }
}

export function returnTypeMismatch(name: string, config: InputConfig, receivedType: string, link: Link): PromptError {
  return {
    type: 'return_type_mismatch',
    message: 'Return type mismatch between linked nodes',
    details: `${name}, received_type(${receivedType}) mismatch input_type(${pythonStr(config[0])})`,
    extra_info: { input_name: name, input_config: config, received_type: receivedType, linked_node: link },
  }
}

export function invalidInputType(name: string, config: InputConfig, value: unknown, reason: string): PromptError {
  return {
    type: 'invalid_input_type',
    message: `Failed to convert an input value to a ${pythonStr(config[0])} value`,
    details: `${name}, ${pythonStr(value)}, ${reason}`,
    extra_info: { input_name: name, input_config: config, received_value: value, exception_message: reason },
  }
}

export function valueSmallerThanMin(
  name: string,
  config: InputConfig,
  value: number | bigint,
  min: number | bigint,
): PromptError {
  const number = numberText(config)
  return {
    type: 'value_smaller_than_min',
    message: `Value ${number(value)} smaller than min of ${number(min)}`,
    details: name,
    extra_info: { input_name: name, input_config: config, received_value: value },
  }
}

export function valueBiggerThanMax(
  name: string,
  config: InputConfig,
  value: number | bigint,
  max: number | bigint,
): PromptError {
  const number = numberText(config)
  return {
    type: 'value_bigger_than_max',
    message: `Value ${number(value)} bigger than max of ${number(max)}`,
    details: name,
    extra_info: { input_name: name, input_config: config, received_value: value },
  }
}

function numberText(config: InputConfig): (value: number | bigint) => string {
  return config[0] === 'FLOAT' ? (value) => pythonFloat(Number(value)) : pythonStr
}

/** @param invalid - the values that are not among the choices; several only for a multiselect combo */
export function valueNotInList(
  name: string,
  config: InputConfig,
  choices: readonly unknown[],
  invalid: readonly unknown[],
  value: unknown,
): PromptError {
  const long = choices.length > listedChoices
  const list = long ? `(list of length ${choices.length})` : pythonRepr(choices)
  return {
    type: 'value_not_in_list',
    message: 'Value not in list',
    details: `${name}: ${invalid.map(pythonRepr).join(', ')} not in ${list}`,
    extra_info: { input_name: name, input_config: long ? null : config, received_value: value },
  }
}

/** @param text - the text the node's own check answered, or null when it answered false */
export function customValidationFailed(name: string, text: string | null): PromptError {
  return {
    type: 'custom_validation_failed',
    message: 'Custom validation failed for node',
    details: text === null ? name : `${name} - ${text}`,
    extra_info: { input_name: name },
  }
}

// ---------------------------------------------------------------- of one node

/** @param cycle - id and class of each node of the cycle, once, in the order of the links */
export function dependencyCycle(nodeId: string, cycle: readonly { id: string; classType: string }[]): PromptError {
  const names = cycle.map(({ id, classType }) => `${id} (${classType})`)
  const shown =
    names.length > listedCycle ? [...names.slice(0, listedCycle), `... (${names.length - listedCycle} more)`] : names
  return {
    type: 'dependency_cycle',
    message: 'Dependency cycle detected',
    details: [...shown, names[0]].join(' -> '),
    extra_info: { node_id: nodeId, cycle_nodes: cycle.slice(0, listedCycle).map(({ id }) => id) },
  }
}

export function exceptionDuringValidation(exception: ValidationException): PromptError {
  return {
    type: 'exception_during_validation',
    message: 'Exception when validating node',
    details: exception.text,
    extra_info: { exception_type: exception.type, traceback: exception.traceback },
  }
}

export function exceptionDuringInnerValidation(
  exception: ValidationException,
  name: string,
  config: InputConfig,
  link: Link,
): PromptError {
  return {
    type: 'exception_during_inner_validation',
    message: 'Exception when validating inner node',
    details: exception.text,
    extra_info: {
      input_name: name,
      input_config: config,
      exception_message: exception.text,
      exception_type: exception.type,
      traceback: exception.traceback,
      linked_node: link,
    },
  }
}
