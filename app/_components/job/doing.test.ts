import { describe, expect, it } from 'vitest'
import type { JobProgress } from '#contracts/jobs'
import { doingInWords } from './doing.tsx'

const progress: JobProgress = {
  ...{ value: 0.1, node_id: '3', node_title: 'KSampler', step: 2, steps: 20, nodes_done: 1, nodes_total: 4 },
}

describe('what a running job does', () => {
  it('is its node, with the step where there are several', () => {
    expect(doingInWords(progress, 100)).toEqual({ what: 'KSampler', step: 'step 2 of 20' })
    expect(doingInWords({ ...progress, steps: 1 }, 100)).toEqual({ what: 'KSampler', step: '' })
    expect(doingInWords(null, 100)).toEqual({ what: 'Starting', step: '' })
  })

  it('is loading a model while one is opened, for as long as that takes', () => {
    const loading = { model: 'small.safetensors', since: 88 }
    expect(doingInWords({ ...progress, loading }, 100)).toEqual({ what: 'Loading the model, 12 s', step: '' })
    expect(doingInWords({ ...progress, loading }, 88.4)).toEqual({ what: 'Loading the model', step: '' })
  })
})
