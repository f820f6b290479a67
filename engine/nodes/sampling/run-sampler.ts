/** @file A sampler's run inside of a node: progress, previews and interruption around {@link sampleLatent}. */
import { LatentPreview } from '../../diffusion/latent-preview.ts'
import { type SampleRequest, type SampleResult, sampleLatent } from '../../diffusion/sample-latent.ts'
import type { NodeContext } from '../define.ts'
import { createPause } from '../pause.ts'

/** @throws InterruptedError within one step of the job's interruption */
export async function runSampler(
  request: Omit<SampleRequest, 'onStep' | 'pause'>,
  context: NodeContext,
): Promise<SampleResult> {
  const { shape } = request.latent
  const preview = new LatentPreview(request.guider.model.latentFormat, shape)
  return sampleLatent({
    ...request,
    pause: createPause(context.signal),
    async onStep({ index, steps, denoised }) {
      await context.progress(index + 1, steps, await preview.paint(denoised))
    },
  })
}
