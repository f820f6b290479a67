/**
 * @file One look at each directory per request: many combos list the same folder, and within one request they must
 * agree. The result lives as long as the request, so a new file is seen by the next one.
 */
import type { NodeEnvironment } from './define.ts'

/** The same environment, whose listings are read once and then remembered. */
export function rememberListings(environment: NodeEnvironment): NodeEnvironment {
  const models = new Map<string, Promise<string[]>>()
  const inputFiles = new Map<string, Promise<string[]>>()
  return {
    inputDirectory: environment.inputDirectory,
    outputDirectory: environment.outputDirectory,
    tempDirectory: environment.tempDirectory,
    listModels: (folder) => once(models, folder, () => environment.listModels(folder)),
    listInputFiles: (kinds) => once(inputFiles, [...kinds].sort().join(','), () => environment.listInputFiles(kinds)),
    findModel: (folder, name) => environment.findModel(folder, name),
    findAnnotatedFile: (name) => environment.findAnnotatedFile(name),
  }
}

function once<T>(remembered: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = remembered.get(key)
  if (known !== undefined) return known
  const made = make()
  remembered.set(key, made)
  return made
}
