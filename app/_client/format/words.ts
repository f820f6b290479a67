/** @file Small pieces of wording: counts, names, states. */
import type { JobStatus, OutputKind } from '#contracts/jobs'

/** `1 final`, `3 finals` */
export const count = (n: number, one: string, many = `${one}s`) => `${n.toLocaleString()} ${n === 1 ? one : many}`

export const statusWords: Record<JobStatus, string> = {
  queued: 'Waiting',
  running: 'Running',
  completed: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
}

export const kindWords: Record<OutputKind, { one: string; many: string }> = {
  final: { one: 'final', many: 'finals' },
  preview: { one: 'preview', many: 'previews' },
  intermediate: { one: 'intermediate', many: 'intermediates' },
}

/** Shortens a long name in the middle and keeps the end, where the number and the extension are. */
export function shortName(name: string, max = 36): string {
  if (name.length <= max) return name
  const tail = Math.min(14, Math.floor(max / 2))
  return `${name.slice(0, max - tail - 1)}…${name.slice(-tail)}`
}

/** The name a person gave an upload: without the `20260324_143052_a1b2c3_` the studio put before it. */
export const givenName = (filename: string) => filename.replace(/^\d{8}_\d{6}_[0-9a-f]{6}_/, '')
