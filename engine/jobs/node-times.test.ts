import { describe, expect, it } from 'vitest'
import type { RunMessage } from '#contracts/comfy/messages'
import { NodeTimes } from './node-times.ts'

const graph = { 1: {}, 2: {}, 3: {} }

function state(nodes: Record<string, 'running' | 'finished'>): RunMessage {
  const told = (id: string) => ({ node_id: id, display_node_id: id, parent_node_id: null, real_node_id: id })
  const entries = Object.entries(nodes).map(([id, state]) => [id, { value: 0, max: 1, state, ...told(id) }] as const)
  return { type: 'progress_state', data: { nodes: Object.fromEntries(entries) } }
}

describe('the times of nodes', () => {
  it('are those of the first message that shows a node, and of the first that shows it finished', () => {
    const times = new NodeTimes(graph)
    times.apply(state({ 1: 'running' }), 1000)
    times.apply(state({ 1: 'running' }), 1500)
    times.apply(state({ 1: 'finished', 2: 'running' }), 2000)
    times.apply(state({ 1: 'finished', 2: 'running' }), 9000)
    expect(times.list).toEqual([
      { id: '1', started_at: 1, finished_at: 2, cached: false },
      { id: '2', started_at: 2, finished_at: null, cached: false },
    ])
  })

  it('tell a cached node from one that ran', () => {
    const times = new NodeTimes(graph)
    times.apply({ type: 'execution_cached', data: { nodes: ['1'] } }, 1000)
    times.apply(state({ 2: 'finished' }), 3000)
    expect(times.list.map(({ id, cached }) => [id, cached])).toEqual([
      ['1', true],
      ['2', false],
    ])
  })

  it('leave out what an expansion made', () => {
    const times = new NodeTimes(graph)
    times.apply(state({ '3.0.0.1': 'running', 99: 'running' }), 1000)
    expect(times.list).toEqual([])
  })
})
