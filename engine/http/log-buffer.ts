/** @file The engine's last log lines, for `/internal/logs` and whoever subscribed. Bounded; prints them too. */

export type LogLevel = 'info' | 'warn' | 'error'

export interface LogEntry {
  /** ISO time. */
  t: string
  /** The text, with its newline. */
  m: string
}

export interface LogBufferOptions {
  /** Lines kept. */
  capacity: number
  now: () => Date
  /** Where lines are printed, e.g. to stderr. */
  print: (line: string, level: LogLevel) => void
}

/** Longest line kept, in characters. */
const maxLineLength = 8192

export class LogBuffer {
  readonly #options: LogBufferOptions
  #entries: LogEntry[] = []
  #listeners = new Set<(entry: LogEntry) => void>()

  constructor(options: LogBufferOptions) {
    this.#options = options
  }

  get entries(): readonly LogEntry[] {
    return this.#entries
  }

  /** Control characters are shown as spaces: texts of prompts and files end up here. */
  readonly log = (level: LogLevel, message: string): void => {
    const text = message.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ').slice(0, maxLineLength)
    const entry = { t: this.#options.now().toISOString(), m: level === 'info' ? `${text}\n` : `[${level}] ${text}\n` }
    this.#entries.push(entry)
    if (this.#entries.length > this.#options.capacity) this.#entries.shift()
    this.#options.print(`${entry.t} - ${entry.m}`, level)
    for (const listener of this.#listeners) listener(entry)
  }

  listen(listener: (entry: LogEntry) => void): void {
    this.#listeners.add(listener)
  }
}
