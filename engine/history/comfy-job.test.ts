import { describe, expect, it } from 'vitest'
import { countOutputs, previewOf, workflowIdOf } from './comfy-job.ts'

const image = (type: string, filename = 'a.png') => ({ filename, subfolder: '', type })

describe('counting outputs', () => {
  it('counts objects of every list, but neither texts nor the animated flags', () => {
    const outputs = {
      1: { images: [image('output'), image('temp')], animated: [true] },
      2: { text: ['hello'], anything: [{ x: 1 }], single: { no: 'list' } },
    }
    expect(countOutputs(outputs)).toBe(3)
  })
})

describe('the preview of a job', () => {
  it('is the first output, else any other file, else a text', () => {
    expect(previewOf({ 1: { images: [image('temp')] }, 2: { images: [image('output', 'b.png')] } })).toEqual({
      ...image('output', 'b.png'),
      nodeId: '2',
      mediaType: 'images',
    })
    expect(previewOf({ 1: { text: ['t'] }, 2: { images: [image('temp')] } })).toMatchObject({ nodeId: '2' })
    expect(previewOf({ 1: { text: ['t'] } })).toEqual({ content: 't', nodeId: '1', mediaType: 'text' })
    expect(previewOf({})).toBeNull()
  })

  it('goes by key, format or file name', () => {
    expect(previewOf({ 1: { clips: [{ ...image('output', 'x.bin'), format: 'video/mp4' }] } })).not.toBeNull()
    expect(previewOf({ 1: { meshes: [image('output', 'x.GLB')] } })).not.toBeNull()
    expect(previewOf({ 1: { other: [image('output', 'x.bin')] } })).toBeNull()
  })

  it('cuts a long text', () => {
    expect(previewOf({ 1: { text: ['x'.repeat(2000)] } })).toMatchObject({ content: 'x'.repeat(1024), truncated: true })
  })
})

it('finds the workflow id where clients put it', () => {
  expect(workflowIdOf({ extra_pnginfo: { workflow: { id: 'w' } } })).toBe('w')
  expect(workflowIdOf({ extra_pnginfo: null })).toBeNull()
  expect(workflowIdOf({})).toBeNull()
})
