import { describe, expect, it } from 'vitest'
import { viewerCommand } from './viewer-keys.ts'

const key = (name: string, over: Partial<Parameters<typeof viewerCommand>[0]> = {}) => ({
  key: name,
  ...{ shiftKey: false, ctrlKey: false, metaKey: false, altKey: false },
  ...over,
})
const stage = { letters: true, focus: 'stage' } as const

describe('keys of the viewer', () => {
  it('tell the shifted letter from the plain one', () => {
    expect(viewerCommand(key('s'), stage)).toBe('star')
    expect(viewerCommand(key('S', { shiftKey: true }), stage)).toBe('saveFrame')
    expect(viewerCommand(key('d'), stage)).toBe('download')
    expect(viewerCommand(key('D', { shiftKey: true }), stage)).toBe('downloadJob')
    expect(viewerCommand(key('X', { shiftKey: true }), stage)).toBeNull()
  })
  it('ask before deleting for good, and take back with Ctrl or Cmd', () => {
    expect(viewerCommand(key('Delete'), stage)).toBe('trash')
    expect(viewerCommand(key('Delete', { shiftKey: true }), stage)).toBe('deleteForGood')
    expect(viewerCommand(key('z', { ctrlKey: true }), stage)).toBe('undo')
    expect(viewerCommand(key('z', { metaKey: true }), stage)).toBe('undo')
  })
  it("leave the browser's own combinations alone", () => {
    for (const name of ['c', 'd', 's', 'r', 'x', '+', '0', 'ArrowLeft']) {
      expect(viewerCommand(key(name, { ctrlKey: true }), stage)).toBeNull()
      expect(viewerCommand(key(name, { altKey: true }), stage)).toBeNull()
    }
  })
  it('without keys of a single character still move and close', () => {
    const quiet = { ...stage, letters: false }
    expect(viewerCommand(key('s'), quiet)).toBeNull()
    expect(viewerCommand(key('ArrowRight'), quiet)).toBe('next')
    for (const name of '+=-−01,.[]') expect(viewerCommand(key(name), quiet)).toBeNull()
    expect(viewerCommand(key(' '), quiet)).toBe('toggle')
    expect(viewerCommand(key('Escape'), quiet)).toBe('close')
  })
  it('belong to what has the focus where it needs them', () => {
    expect(viewerCommand(key(' '), { ...stage, focus: 'button' })).toBeNull()
    expect(viewerCommand(key('ArrowRight'), { ...stage, focus: 'video' })).toBeNull()
    expect(viewerCommand(key('.'), { ...stage, focus: 'video' })).toBe('frameForward')
    expect(viewerCommand(key('s'), { ...stage, focus: 'field' })).toBeNull()
    expect(viewerCommand(key('Escape'), { ...stage, focus: 'field' })).toBe('close')
  })
})
