import { expect, it } from 'vitest'
import { previewFrame, previewWithMetadataFrame, textFrame } from './binary-frames.ts'

it('lays out a preview as event 1, format, image', () => {
  expect(previewFrame('jpeg', Buffer.from('JPG')).toString('hex')).toBe(
    `0000000100000001${Buffer.from('JPG').toString('hex')}`,
  )
  expect(previewFrame('png', Buffer.from('P')).readUInt32BE(4)).toBe(2)
})

it('lays out a preview with metadata as event 4, length of the JSON in bytes, JSON, image', () => {
  const metadata = {
    node_id: 'ü',
    prompt_id: 'p',
    display_node_id: 'ü',
    parent_node_id: null,
    real_node_id: 'ü',
    image_type: 'image/png',
  } as const
  const frame = previewWithMetadataFrame(metadata, Buffer.from('IMG'))
  const length = frame.readUInt32BE(4)
  expect(frame.readUInt32BE(0)).toBe(4)
  expect(JSON.parse(frame.toString('utf8', 8, 8 + length))).toEqual(metadata)
  expect(frame.toString('utf8', 8 + length)).toBe('IMG')
})

it('lays out a text as event 3, length of the node id in bytes, node id, text', () => {
  const frame = textFrame('ü1', 'hello')
  expect([frame.readUInt32BE(0), frame.readUInt32BE(4), frame.toString('utf8', 8)]).toEqual([3, 3, 'ü1hello'])
})
