/** @file KSampler: makes the noise of a latent into what the conditioning says. */
import { cfgGuider } from '../../diffusion/guider.ts'
import { noiseFor } from '../../diffusion/sample-latent.ts'
import { type SamplerName, samplerNamed } from '../../sampling/samplers/index.ts'
import type { SchedulerName } from '../../sampling/schedulers/index.ts'
import { runSigmas } from '../../sampling/schedulers/run-sigmas.ts'
import { defineNode } from '../define.ts'
import { link } from '../diffusion-links.ts'
import { runSampler } from './run-sampler.ts'
import { cfgInput, denoiseInput, samplerNameInput, schedulerInput, seedInput, stepsInput } from './sampler-inputs.ts'

export const kSampler = defineNode({
  classType: 'KSampler',
  displayName: 'KSampler',
  category: 'sampling',
  description:
    'Makes a picture, as a latent, of noise: step by step toward the positive text and away from the negative one.',
  inputs: {
    model: link.model({ tooltip: 'The model that takes the noise away' }),
    seed: seedInput({ tooltip: 'Chooses the noise: the same seed gives the same picture' }),
    steps: stepsInput(),
    cfg: cfgInput(),
    sampler_name: samplerNameInput(),
    scheduler: schedulerInput(),
    positive: link.conditioning({ tooltip: 'What is wanted' }),
    negative: link.conditioning({ tooltip: 'What is not wanted' }),
    latent_image: link.latent({ tooltip: 'The latent to start from' }),
    denoise: denoiseInput(),
  },
  outputs: [{ type: 'LATENT', tooltip: 'The finished latent' }],
  async execute(
    { model, seed, steps, cfg, sampler_name, scheduler, positive, negative, latent_image, denoise },
    context,
  ) {
    const name = sampler_name as SamplerName
    const { latent } = await runSampler(
      {
        guider: cfgGuider(model, { positive, negative, scale: cfg }),
        sampler: { name },
        sigmas: runSigmas(model.sampling, scheduler as SchedulerName, steps, {
          denoise,
          dropsPenultimate: samplerNamed(name).dropsPenultimate === true,
        }),
        latent: latent_image,
        noise: () => noiseFor(seed, latent_image),
        seed,
      },
      context,
    )
    return [latent]
  },
})
