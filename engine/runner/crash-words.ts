/** @file What the end of a process means, in words for the person whose job it took along. */

export interface ProcessExit {
  code: number | null
  signal: NodeJS.Signals | null
  /** The end of what it wrote to standard error. */
  errorTail: string
  /** Who ended. @default 'The runner' */
  who?: string
}

const outOfMemory = /heap out of memory|allocation failed|bad_alloc|out of memory|CUDA_ERROR_OUT_OF_MEMORY/i

export function describeExit({ code, signal, errorTail, who = 'The runner' }: ProcessExit): string {
  if (outOfMemory.test(errorTail)) {
    return `${who} ran out of memory (${signal ?? `exit code ${code}`}). Use smaller images, smaller batches or a smaller model.`
  }
  switch (signal) {
    case 'SIGKILL':
      return `${who} was killed by the system (SIGKILL), most likely because memory ran out. Use smaller images, smaller batches or a smaller model.`
    case 'SIGSEGV':
    case 'SIGBUS':
    case 'SIGILL':
    case 'SIGFPE':
    case 'SIGABRT':
    case 'SIGTRAP':
      return `${who} crashed in native code (${signal}): ${lastLine(errorTail) ?? 'it left no message'}`
    case null:
      return `${who} stopped by itself (exit code ${code}): ${lastLine(errorTail) ?? 'it left no message'}`
    default:
      return `${who} was stopped by ${signal}.`
  }
}

/** The last line that says something: a stack's frames and Node's version line do not. */
function lastLine(text: string): string | null {
  const lines = text.split('\n').map((line) => line.trim())
  const telling = lines.filter((line) => line !== '' && !/^(at |Node\.js v|\^+$|[{}])/.test(line))
  return telling.findLast((line) => /error/i.test(line)) ?? telling.at(-1) ?? null
}
