/** @file The name an upload is stored under: `20260324_143052_a1b2c3_photo1.png`. */
import type { SniffedType } from '#platform/media-type'

/** The whole name stays under 200 bytes; file systems take 255, and tools add their own endings. */
const maxNameBytes = 199

/**
 * @param original - as the client named it; only `[A-Za-z0-9._-]` of it is kept
 * @param type - by content; decides the extension
 * @param hex - six hexadecimal digits
 */
export function uploadName(original: string, type: SniffedType, time: Date, hex: string): string {
  const prefix = `${compactTime(time)}_${hex}_`
  const clean = original.replace(/[^A-Za-z0-9._-]/gu, '_')
  const ending = /\.[A-Za-z0-9]{1,5}$/.exec(clean)?.[0] ?? ''
  const stem = ending ? clean.slice(0, -ending.length) : clean
  const extension = fitsType(ending, type) ? ending : type.extension
  return prefix + stem.slice(0, maxNameBytes - prefix.length - extension.length) + extension
}

/** `YYYYMMDD_HHMMSS`, UTC. */
export function compactTime(time: Date): string {
  const [day, clock] = time.toISOString().slice(0, 19).split('T') as [string, string]
  return `${day.replaceAll('-', '')}_${clock.replaceAll(':', '')}`
}

function fitsType(ending: string, type: SniffedType): boolean {
  const lower = ending.toLowerCase()
  return lower === type.extension || (lower === '.jpeg' && type.extension === '.jpg')
}
