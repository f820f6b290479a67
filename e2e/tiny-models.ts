/** @file Narrow models of real layout for the browser tests, written by the project's own rule. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from './studio.ts'

export interface TinyModels {
  checkpoint: string
  lora: string
  controlnet: string
}

/** @param folder - absolute. @returns paths of the files in it */
export async function writeTinyModels(folder: string): Promise<TinyModels> {
  const script = join(projectRoot, 'engine/models/testing/write-tiny-models.ts')
  await promisify(execFile)(process.execPath, ['--import', 'tsx', script, folder], { cwd: projectRoot })
  const path = (name: string) => join(folder, `tiny-${name}.safetensors`)
  return { checkpoint: path('checkpoint'), lora: path('lora'), controlnet: path('controlnet') }
}
