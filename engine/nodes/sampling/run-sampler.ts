/** @file A sampler's run inside of a node: progress, previews and interruption around {@link sampleLatent}. */
import { LatentPreview } from '../../diffusion/latent-preview.ts'
import { type SampleRequest, type SampleResult, sampleLatent } from '../../diffusion/sample-latent.ts'
import { openTaesdDecoder } from '../../models/diffusion/open-diffusion.ts'
import type { Vae } from '../../models/diffusion/vae/vae.ts'
import type { LatentFormat } from '../../sampling/latents/formats.ts'
import { type NodeContext, NodeError } from '../define.ts'
import { requireModelPath } from '../loaders/model-path.ts'
import { tinyVaeFiles } from '../loaders/tiny-vae-files.ts'
import { createPause } from '../pause.ts'

/** @throws InterruptedError within one step of the job's interruption */
export async function runSampler(
  request: Omit<SampleRequest, 'onStep' | 'pause'>,
  context: NodeContext,
): Promise<SampleResult> {
  const { shape } = request.latent
  const { latentFormat } = request.guider.model
  const preview = new LatentPreview(latentFormat, shape, {
    ...(context.previewSize !== undefined && { side: context.previewSize }),
    tiny: await openTinyVae(latentFormat, context),
  })
  return sampleLatent({
    ...request,
    pause: createPause(context.signal),
    async onStep({ index, steps, denoised }) {
      await context.progress(index + 1, steps, isShown(context) ? await preview.paint(denoised) : undefined)
    },
  })
}

function isShown({ previewMethod }: NodeContext): boolean {
  return previewMethod !== 'none'
}

/** What decodes previews, where it is wanted and there. A file that cannot be used is told of, and no reason to stop. */
async function openTinyVae({ tinyVae }: LatentFormat, context: NodeContext): Promise<Vae | null> {
  if (tinyVae === null || (context.previewMethod !== 'taesd' && context.previewMethod !== 'auto')) return null
  const { decoder } = await tinyVaeFiles(tinyVae, context)
  if (decoder === undefined) return null
  try {
    return await openTaesdDecoder(context.models, await requireModelPath('vae_approx', decoder, context))
  } catch (error) {
    if (!(error instanceof NodeError)) throw error
    context.sendText(`Previews are without TAESD: ${error.message}`)
    return null
  }
}
