/** @file TAESD, which comes as two files in `models/vae_approx`, and another two for SDXL. */
import { basename } from 'node:path'
import type { NodeEnvironment } from '../define.ts'

/** @returns names of the halves that are there */
export async function tinyVaeFiles(
  name: 'taesd' | 'taesdxl',
  environment: NodeEnvironment,
): Promise<{ decoder?: string; encoder?: string }> {
  const files = (await environment.listModels('vae_approx')).filter((file) => /\.(safetensors|sft)$/i.test(file))
  const find = (half: string) => files.find((file) => basename(file).toLowerCase().startsWith(`${name}_${half}`))
  const [decoder, encoder] = [find('decoder'), find('encoder')]
  return { ...(decoder && { decoder }), ...(encoder && { encoder }) }
}
