import { expect, it } from 'vitest'
import type { WorkflowInput, WorkflowSummary } from '#contracts/workflows'
import { standingOf } from './standing.ts'

const model = (folder: string): WorkflowInput => ({
  ...{ id: folder, type: 'model', label: folder, folder, default: 'own.safetensors', targets: [] },
})
const workflow = (missing: { models?: string[]; nodes?: string[] }): WorkflowSummary => ({
  ...{ id: 'draw', name: 'Draw', description: '', category: 'draw', outputs: [], models: [], shipped: true },
  inputs: [model('checkpoints'), model('controlnet')],
  missing: { models: [], nodes: [], ...missing },
  ready: missing.models === undefined && missing.nodes === undefined,
})
const noCheckpoint = workflow({ models: ['checkpoints/own.safetensors'] })
const mine = new Map([['checkpoints', ['mine.safetensors', 'second.safetensors']]])

it('a workflow is missing its checkpoint only where none is there', () => {
  const none = { missing: '1 model missing', otherCheckpoint: null }
  expect(standingOf(noCheckpoint, null, new Map([['checkpoints', []]]))).toEqual(none)
  expect(standingOf(noCheckpoint, null, new Map())).toEqual(none)
  expect(standingOf(noCheckpoint, null, mine)).toEqual({ missing: null, otherCheckpoint: 'mine.safetensors' })
})

it('the checkpoint that was used last is the one it would use', () => {
  const last = { checkpoints: 'second.safetensors' }
  expect(standingOf(noCheckpoint, last, mine)).toEqual({ missing: null, otherCheckpoint: 'second.safetensors' })
})

it('what nothing stands in for is still missing: another model, a node', () => {
  const models = ['checkpoints/own.safetensors', 'controlnet/own.safetensors']
  expect(standingOf(workflow({ models }), null, mine).missing).toBe('1 model missing')
  expect(standingOf(workflow({ models, nodes: ['Fancy'] }), null, mine).missing).toBe('1 model and 1 node missing')
})

it('a workflow that has all says nothing', () => {
  expect(standingOf(workflow({}), null, mine)).toEqual({ missing: null, otherCheckpoint: null })
})
