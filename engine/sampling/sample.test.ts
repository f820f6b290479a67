import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { discreteSampling } from './model-sampling/discrete.ts'
import { latentNoise } from './noise/latent-noise.ts'
import { type SampleRequest, sampleLatent } from './sample.ts'
import { type SamplerName, samplerNamed, samplerNames } from './samplers/index.ts'
import { runSigmas } from './schedulers/run-sigmas.ts'
import { worstDifference } from './testdata/golden.ts'
import { createToyNetwork } from './testdata/toy-network.ts'
import { wave } from './testdata/wave.ts'

const model = discreteSampling('eps')
const shape = [1, 4, 4, 4] as const

function prepare(name: SamplerName, changes: Partial<SampleRequest> = {}) {
  const network = createToyNetwork()
  const sampler = samplerNamed(name)
  const request: SampleRequest = {
    model,
    sampler,
    sigmas: runSigmas(model, 'karras', 12, { dropsPenultimate: sampler.dropsPenultimate ?? false }),
    seed: 7,
    latent: new Float32Array(64),
    shape,
    noise: latentNoise(7, shape),
    ...network,
    ...changes,
  }
  return { request, network }
}

describe('sampling from noise to a latent', () => {
  it.each(samplerNames)('%s lands on the data the network knows, the same way each time', async (name) => {
    const first = await sampleLatent(prepare(name).request)
    const second = await sampleLatent(prepare(name).request)
    expect(first).toEqual(second)
    // Guided beyond data at -1 and 1 with a spread of a half: nothing near the noise it came from.
    expect(first.every((value) => Math.abs(value) < 4)).toBe(true)
    expect(first.some((value) => value > 0.5) && first.some((value) => value < -0.5)).toBe(true)
  })

  it('starts from the latent when the noise is partial', async () => {
    const latent = wave(64)
    const sigmas = runSigmas(model, 'karras', 4, { denoise: 0.1 })
    const seen: Float32Array[] = []
    const { request } = prepare('euler', {
      latent,
      sigmas,
      denoise: async (x) => {
        seen.push(x.slice())
        return latent
      },
    })
    expect(worstDifference(await sampleLatent(request), latent)).toBeLessThan(1e-6)
    const expected = latent.map((value, i) => value + sigmas[0]! * request.noise[i]!)
    expect(worstDifference(seen[0]!, expected)).toBeLessThan(1e-6)
  })

  it.each(samplerNames)('%s keeps what lies outside the mask exactly', async (name) => {
    const latent = wave(64)
    const mask = Float32Array.from({ length: 16 }, (_, i) => (i < 8 ? 1 : 0))
    const result = await sampleLatent(prepare(name, { latent, mask }).request)
    // UniPC ends a little above level 0, and the adaptive and fast ones at the last level above 0.
    const tolerance = name.startsWith('uni_pc') ? 0.01 : /dpm_(fast|adaptive)/.test(name) ? 0.2 : 1e-5
    for (let i = 0; i < 64; i++) {
      if (mask[i % 16] === 0) expect(Math.abs(result[i]! - latent[i]!)).toBeLessThan(tolerance)
    }
    expect(worstDifference(result, latent)).toBeGreaterThan(0.3)
  })

  it('gives the latent back when there are no levels', async () => {
    const latent = wave(64)
    const { request, network } = prepare('euler', { latent, sigmas: new Float32Array(0) })
    expect(await sampleLatent(request)).toEqual(latent)
    expect(network.calls).toBe(0)
  })

  it('takes seeds beyond 2^53 exactly', async () => {
    const one = await sampleLatent(prepare('euler_ancestral', { seed: 2n ** 53n }).request)
    const other = await sampleLatent(prepare('euler_ancestral', { seed: 2n ** 53n + 1n }).request)
    expect(one).not.toEqual(other)
  })

  it('refuses noise of another size', async () => {
    await expect(sampleLatent(prepare('euler', { noise: wave(3) }).request)).rejects.toThrow(RangeError)
  })
})

describe('noise along a Brownian path', () => {
  it.each(['dpmpp_sde', 'dpmpp_2m_sde', 'dpmpp_3m_sde'] as const)(
    '%s has it computed while the network runs, with pauses',
    async (name) => {
      let pauses = 0
      let meanwhile = 0
      const { request, network } = prepare(name, {
        pause: async () => {
          pauses += 1
          await nextTurn()
        },
      })
      const result = await sampleLatent({
        ...request,
        async denoise(x, sigma) {
          const before = pauses
          for (let turn = 0; turn < 100; turn += 1) await nextTurn()
          meanwhile += pauses - before
          return network.denoise(x, sigma)
        },
      })
      // Some 20 levels of the path for each of the run's own noise levels.
      expect(pauses).toBeGreaterThan(100)
      expect(meanwhile).toBe(pauses)
      expect(result).toEqual(await sampleLatent(prepare(name).request))
    },
  )

  it('ends with the run when the run was interrupted', async () => {
    const interrupted = new Error('interrupted')
    const { request } = prepare('dpmpp_2m_sde', {
      pause: () => Promise.reject(interrupted),
      denoise: async () => {
        await nextTurn()
        throw interrupted
      },
    })
    await expect(sampleLatent(request)).rejects.toBe(interrupted)
  })
})
