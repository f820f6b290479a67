/**
 * @file A checkpoint of SD 1.5's real size in a real engine on the CPU: 4.3 GB on the disk, minutes of work. For nightly runs:
 * `STUDIO_TEST_SIZE=full`. That the layout of such files is right, `unet.test.ts` tests at no cost over files of zeros.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSafetensors } from '../models/safetensors/read-safetensors.ts'
import { readTensorValues } from '../models/safetensors/tensor-values.ts'
import { writeFullCheckpoint } from '../models/testing/tiny-checkpoint.ts'
import { startEngine, type TestEngine } from './harness.ts'

const patience = 30 * 60_000

describe.runIf(process.env.STUDIO_TEST_SIZE === 'full')('SD 1.5 at its real size', () => {
  let engine: TestEngine
  beforeAll(async () => {
    engine = await startEngine()
    const checkpoints = join(engine.directory, 'models', 'checkpoints')
    await mkdir(checkpoints, { recursive: true })
    await writeFullCheckpoint(join(checkpoints, 'sd.safetensors'))
  }, patience)
  afterAll(() => engine.stop())

  it(
    'makes a latent for a picture of 512 x 512 in one guided step',
    async () => {
      const sampling = { seed: 5, steps: 1, cfg: 7, sampler_name: 'euler', scheduler: 'normal', denoise: 1 }
      const { entry } = await engine.run({
        '1': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'sd.safetensors' } },
        '2': { class_type: 'CLIPTextEncode', inputs: { text: 'a lighthouse at dusk', clip: ['1', 1] } },
        '3': { class_type: 'CLIPTextEncode', inputs: { text: '', clip: ['1', 1] } },
        '4': { class_type: 'EmptyLatentImage', inputs: { width: 512, height: 512, batch_size: 1 } },
        '5': {
          class_type: 'KSampler',
          inputs: { ...sampling, model: ['1', 0], positive: ['2', 0], negative: ['3', 0], latent_image: ['4', 0] },
        },
        '6': { class_type: 'SaveLatent', inputs: { samples: ['5', 0], filename_prefix: 'latent' } },
      })
      expect(entry.status.messages.filter(([type]: [string]) => type === 'execution_error')).toEqual([])
      const [saved] = entry.outputs['6'].latents
      const file = await readSafetensors(join(engine.output, saved.subfolder, saved.filename))
      expect(file.tensors.get('latent_tensor')!.shape).toEqual([1, 4, 64, 64])
      const values = await readTensorValues(file, 'latent_tensor')
      expect(values.every(Number.isFinite)).toBe(true)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      expect(values.some((value) => Math.abs(value - mean) > 0.1)).toBe(true)
    },
    patience,
  )
})
