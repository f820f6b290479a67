/** @file KSamplerAdvanced: a part of a run, so that several samplers or models can share one. */
import { cfgGuider } from '../../diffusion/guider.ts'
import { noiseFor } from '../../diffusion/sample-latent.ts'
import { type SamplerName, samplerNamed } from '../../sampling/samplers/index.ts'
import type { SchedulerName } from '../../sampling/schedulers/index.ts'
import { maxSteps, runSigmas, sigmaRange } from '../../sampling/schedulers/run-sigmas.ts'
import { defineNode, input } from '../define.ts'
import { link } from '../diffusion-links.ts'
import { runSampler } from './run-sampler.ts'
import { cfgInput, samplerNameInput, schedulerInput, seedInput, stepsInput } from './sampler-inputs.ts'

export const kSamplerAdvanced = defineNode({
  classType: 'KSamplerAdvanced',
  displayName: 'KSampler (Advanced)',
  category: 'sampling',
  description: 'A part of a run: from one step to another, with or without noise at its start and at its end.',
  inputs: {
    model: link.model(),
    add_noise: input.combo(['enable', 'disable'], { advanced: true }),
    noise_seed: seedInput(),
    steps: stepsInput(),
    cfg: cfgInput(),
    sampler_name: samplerNameInput(),
    scheduler: schedulerInput(),
    positive: link.conditioning(),
    negative: link.conditioning(),
    latent_image: link.latent(),
    start_at_step: input.int({ default: 0, min: 0, max: maxSteps, advanced: true }),
    end_at_step: input.int({ default: maxSteps, min: 0, max: maxSteps, advanced: true }),
    return_with_leftover_noise: input.combo(['disable', 'enable'], { advanced: true }),
  },
  outputs: [{ type: 'LATENT' }],
  async execute(inputs, context) {
    const { model, positive, negative, latent_image: start } = inputs
    const name = inputs.sampler_name as SamplerName
    const all = runSigmas(model.sampling, inputs.scheduler as SchedulerName, inputs.steps, {
      dropsPenultimate: samplerNamed(name).dropsPenultimate === true,
    })
    const { latent } = await runSampler(
      {
        guider: cfgGuider(model, { positive, negative, scale: inputs.cfg }),
        sampler: { name },
        sigmas: sigmaRange(all, {
          startAt: inputs.start_at_step,
          endAt: inputs.end_at_step,
          toZero: inputs.return_with_leftover_noise === 'disable',
        }),
        latent: start,
        noise: inputs.add_noise === 'disable' ? null : () => noiseFor(inputs.noise_seed, start),
        seed: inputs.noise_seed,
      },
      context,
    )
    return [latent]
  },
})
