import { expect, it } from 'vitest'
import type { WorkflowInput } from '#contracts/workflows'
import { withStandIns } from './stand-in.ts'

const model = (folder: string, file: string): WorkflowInput => ({
  ...{ id: folder, type: 'model', label: folder, folder, default: file, targets: [{ node: '1', input: 'x' }] },
})
const inputs = [model('checkpoints', 'own.safetensors'), model('loras', 'own.safetensors')]
const own = { checkpoints: 'own.safetensors', loras: 'own.safetensors' }
const used = (values: Record<string, string>, listed: Record<string, string[]>) =>
  withStandIns(inputs, { ...own, ...values }, new Map(Object.entries(listed)))

it('another checkpoint stands in for the workflow’s own that is not there', () => {
  expect(used({}, { checkpoints: ['mine.safetensors'] })).toEqual({ ...own, checkpoints: 'mine.safetensors' })
})

it('nothing stands in for one that is there, or that somebody chose', () => {
  expect(used({}, { checkpoints: ['mine.safetensors', 'own.safetensors'] })).toEqual(own)
  const chosen = { checkpoints: 'gone.safetensors' }
  expect(used(chosen, { checkpoints: ['mine.safetensors'] })).toEqual({ ...own, ...chosen })
})

it('a pickle does not stand in, nor a LoRA, nor anything while the folder is not known', () => {
  expect(used({}, { checkpoints: ['old.ckpt'] })).toEqual(own)
  expect(used({}, { loras: ['other.safetensors'] })).toEqual(own)
  expect(used({}, {})).toEqual(own)
})
