/** @file Which key means what in the viewer: the one table of its shortcuts. Pure. */
import type { StageCommand } from './stage-commands.ts'

export type ViewerCommand =
  | StageCommand
  | 'close'
  | 'previous'
  | 'next'
  | 'first'
  | 'last'
  | 'trash'
  | 'deleteForGood'
  | 'undo'
  | 'lock'
  | 'star'
  | 'reject'
  | 'select'
  | 'details'
  | 'download'
  | 'downloadJob'
  | 'reuse'
  | 'newSeed'
  | 'asInput'
  | 'compare'
  | 'compareMode'

interface Key {
  key: string
  shiftKey: boolean
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
}

interface Where {
  /** keys of a single character act (they can be turned off: WCAG 2.1.4) */
  letters: boolean
  /** what has the focus */
  focus: 'stage' | 'button' | 'video' | 'field'
}

const named: Record<string, ViewerCommand> = {
  Escape: 'close',
  ArrowLeft: 'previous',
  ArrowRight: 'next',
  Home: 'first',
  End: 'last',
  Delete: 'trash',
}

/** Characters that are written with or without shift. */
const characters: Record<string, ViewerCommand> = {
  '+': 'zoomIn',
  '=': 'zoomIn',
  '-': 'zoomOut',
  '−': 'zoomOut',
  0: 'fit',
  1: 'actual',
  ',': 'frameBack',
  '.': 'frameForward',
  '[': 'slower',
  ']': 'faster',
}

const lettered: Record<string, ViewerCommand> = {
  l: 'lock',
  s: 'star',
  r: 'reject',
  x: 'select',
  i: 'details',
  d: 'download',
  u: 'reuse',
  n: 'newSeed',
  e: 'asInput',
  c: 'compare',
  m: 'compareMode',
}

const shifted: Record<string, ViewerCommand> = { d: 'downloadJob', s: 'saveFrame' }

/** @returns null for a key that means nothing here, or that belongs to what has the focus */
export function viewerCommand(event: Key, { letters, focus }: Where): ViewerCommand | null {
  if (event.ctrlKey || event.metaKey) return event.key === 'z' && !event.shiftKey ? 'undo' : null
  if (event.altKey) return null
  if (focus === 'field') return event.key === 'Escape' ? 'close' : null
  // In a video's controls the arrows seek; a button is pressed with Space.
  if (focus === 'video' && /^(ArrowLeft|ArrowRight| )$/.test(event.key)) return null
  if (event.key === ' ') return focus === 'button' ? null : 'toggle'
  if (event.key === 'Delete' && event.shiftKey) return 'deleteForGood'
  const command = named[event.key]
  if (command !== undefined || !letters) return command ?? null
  return characters[event.key] ?? (event.shiftKey ? shifted : lettered)[event.key.toLowerCase()] ?? null
}

/** Which of the four the focused element is. */
export function focusOf(target: EventTarget | null): Where['focus'] {
  if (target instanceof HTMLVideoElement) return 'video'
  if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return 'field'
  if (target instanceof Element && target.closest('button, a, summary') !== null) return 'button'
  return 'stage'
}
