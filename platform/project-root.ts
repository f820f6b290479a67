/** @file Where the project lies on disk, from source and from the built bundles alike. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Absolute path of the folder that holds our package.json. @throws when the code runs outside the project */
export function findProjectRoot(from: string = dirname(fileURLToPath(import.meta.url))): string {
  for (let directory = from; ; directory = dirname(directory)) {
    const manifest = join(directory, 'package.json')
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'pod-studio') return directory
    if (dirname(directory) === directory) throw new Error(`no pod-studio package above ${from}`)
  }
}
