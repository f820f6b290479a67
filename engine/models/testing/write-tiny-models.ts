/** @file `node --import tsx engine/models/testing/write-tiny-models.ts <folder>`: the narrow models, for tests that only have the product. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeTinyCheckpoint, writeTinyControlNet, writeTinyLora } from './tiny-checkpoint.ts'

const [, , folder] = process.argv
if (!folder) throw new Error('say which folder')
await mkdir(folder, { recursive: true })
await writeTinyCheckpoint(join(folder, 'tiny-checkpoint.safetensors'))
await writeTinyLora(join(folder, 'tiny-lora.safetensors'))
await writeTinyControlNet(join(folder, 'tiny-controlnet.safetensors'))
