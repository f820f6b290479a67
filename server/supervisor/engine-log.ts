/**
 * @file The lines an engine printed, the newest few thousand, also after it died. They carry texts of prompts and files, so
 * what could steer a terminal is taken out; they are never markup.
 */
import type { EngineLogLine } from '#contracts/system'

export interface EngineLogBuffer {
  add(line: string): void
  /** The newest `limit` lines behind an id, oldest first. */
  read(after: number, limit: number): EngineLogLine[]
}

/** Longest text kept, in characters. */
const maxLength = 2000
/** What the engine's own log puts before a line: `2026-03-24T14:30:52.000Z - [warn] `. */
const prefix = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) - (?:\[(warn|error)\] )?/

/**
 * @param now - milliseconds since 1970
 * @param capacity - lines kept
 */
export function createEngineLogBuffer(now: () => number, capacity = 2000): EngineLogBuffer {
  const lines: EngineLogLine[] = []
  let lastId = 0
  return {
    add(line) {
      lines.push({ id: ++lastId, ...parseLogLine(line, now() / 1000) })
      if (lines.length > capacity) lines.shift()
    },
    read: (after, limit) => lines.filter((line) => line.id > after).slice(-limit),
  }
}

/** @param at - Unix seconds, for a line that names no time */
export function parseLogLine(line: string, at: number): Omit<EngineLogLine, 'id'> {
  const head = prefix.exec(line)
  const text = plainText(head ? line.slice(head[0].length) : line)
  const time = head ? Date.parse(head[1]!) / 1000 : Number.NaN
  return { at: Number.isFinite(time) ? time : at, level: (head?.[2] as 'warn' | 'error') ?? levelOf(text), text }
}

function levelOf(text: string): EngineLogLine['level'] {
  if (/\b(error|exception|fatal)\b|^\w*Error:/i.test(text)) return 'error'
  return /\bwarn(ing)?\b/i.test(text) ? 'warn' : 'info'
}

/** Without colours, cursor movements and other control characters, nor those that turn the direction of text. */
function plainText(text: string): string {
  return text
    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ')
    .slice(0, maxLength)
    .trimEnd()
}
