/** @file An exception met while validating, named as Python would name it. */
import { NodeError } from '../nodes/define.ts'
import { pythonRepr } from './python-text.ts'
import type { ValidationException } from './validation-errors.ts'

/** A link that leads to no node; the wire knows it as Python's KeyError, whose text is the quoted key. */
export class MissingNodeError extends NodeError {
  constructor(nodeId: string) {
    super(pythonRepr(nodeId), 'KeyError')
  }
}

/** A link to an output that its source does not have. */
export class MissingOutputError extends NodeError {
  constructor(index: number) {
    super(
      Number.isInteger(index) ? 'tuple index out of range' : 'tuple indices must be integers or slices, not float',
      Number.isInteger(index) ? 'IndexError' : 'TypeError',
    )
  }
}

export function toValidationException(error: unknown): ValidationException {
  if (error instanceof NodeError) {
    return { type: error.exceptionType, text: error.message, traceback: [`${error.exceptionType}: ${error.message}`] }
  }
  if (error instanceof Error) {
    return { type: error.name, text: error.message, traceback: (error.stack ?? String(error)).split('\n') }
  }
  return { type: 'Exception', text: String(error), traceback: [] }
}
