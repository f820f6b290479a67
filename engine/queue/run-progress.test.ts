import { describe, expect, it } from 'vitest'
import type { RunMessage } from '#contracts/comfy/messages'
import { RunProgress } from './run-progress.ts'

const chain = {
  1: { class_type: 'Load', inputs: {} },
  2: { class_type: 'Scale', inputs: { image: ['1', 0] }, _meta: { title: 'Make it small' } },
  3: { class_type: 'Save', inputs: { images: ['2', 0] } },
  9: { class_type: 'Load', inputs: {} },
}

function state(id: string, value: number, max: number, finished = false): RunMessage {
  const node = { value, max, state: finished ? 'finished' : 'running', node_id: id } as const
  const nodes = { [id]: { ...node, display_node_id: id, parent_node_id: null, real_node_id: id } }
  return { type: 'progress_state', data: { nodes } }
}

describe('the progress of a run', () => {
  it('counts done nodes and the fraction of the running one over the nodes that run', () => {
    const progress = new RunProgress(chain, ['3'])
    progress.apply({ type: 'execution_cached', data: { nodes: [] } })
    progress.apply(state('1', 1, 1, true))
    progress.apply({ type: 'executing', data: { node: '2', display_node: '2' } })
    progress.apply(state('2', 5, 10))
    progress.apply({ type: 'progress', data: { value: 5, max: 10, node: '2' } })
    expect(progress.current).toEqual({
      value: 0.5,
      node_id: '2',
      node_title: 'Make it small',
      step: 5,
      steps: 10,
      nodes_done: 1,
      nodes_total: 3,
      finished: ['1'],
    })
  })

  it('says which model is being opened, and since when, until it is open', () => {
    const progress = new RunProgress(chain, ['3'])
    progress.opening('small.safetensors', 100)
    expect(progress.current.loading).toEqual({ model: 'small.safetensors', since: 100 })
    progress.opening(null, 112)
    expect(progress.current).not.toHaveProperty('loading')
  })

  it('counts each node by its likely work, and never falls when one tells less than before', () => {
    const graph = {
      1: { class_type: 'LoadImage', inputs: {} },
      2: { class_type: 'UpscaleModelLoader', inputs: {} },
      3: { class_type: 'Enlarge', inputs: { upscale_model: ['2', 0], image: ['1', 0] } },
      4: { class_type: 'Save', inputs: { images: ['3', 0] } },
    }
    const progress = new RunProgress(graph, ['4'])
    for (const id of ['1', '2']) progress.apply(state(id, 1, 1, true))
    expect(progress.current.value).toBeCloseTo(2 / 15)
    progress.apply(state('3', 5, 10))
    expect(progress.current.value).toBeCloseTo(8 / 15)
    progress.apply(state('3', 1, 10))
    expect(progress.current.value).toBeCloseTo(8 / 15)
  })

  it('leaves out cached nodes and what only they need', () => {
    const progress = new RunProgress(chain, ['3'])
    progress.apply({ type: 'execution_cached', data: { nodes: ['2'] } })
    expect(progress.current.nodes_total).toBe(1)
    expect(progress.current.finished).toEqual(['2'])
  })

  it('is whole when the run succeeded', () => {
    const progress = new RunProgress(chain, ['3'])
    progress.apply({ type: 'execution_success', data: {} })
    expect(progress.current.value).toBe(1)
  })
})
