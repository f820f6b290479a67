/** @file A file that a person chose by its name: whether there is one, and a mark that changes with its content. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type NodeDefinition, type NodeEnvironment, NodeError } from './define.ts'

/**
 * Judges the name in an input, in ComfyUI's words. A linked name is judged when it is used.
 * @param what - the file is: `image`
 */
export function inputFileCheck(name: string, what: string): NonNullable<NodeDefinition['validate']> {
  return {
    names: [name],
    async check({ [name]: value }, environment) {
      if (value === null || value === undefined) return true
      const path = typeof value === 'string' ? await environment.findAnnotatedFile(value) : null
      return path ? true : `Invalid ${what} file: ${String(value)}`
    },
  }
}

/**
 * @returns a change mark: SHA-256 of the file, in hex; without a file it throws, which counts as "always changed"
 */
export function inputFileMark(name: string, what: string): NonNullable<NodeDefinition['changeMark']> {
  return async ({ [name]: value }, environment) => {
    const path = await requireInputFile(String(value), what, environment)
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
    return hash.digest('hex')
  }
}

/**
 * @returns its absolute path
 * @throws NodeError (`FileNotFoundError`) when the name points at no file
 */
export async function requireInputFile(name: string, what: string, environment: NodeEnvironment): Promise<string> {
  const path = await environment.findAnnotatedFile(name)
  if (!path) throw new NodeError(`Invalid ${what} file: ${name}`, 'FileNotFoundError')
  return path
}
