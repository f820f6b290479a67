/** @file Times and durations for people. All inputs are seconds; Unix seconds where a moment is meant. */

/** `8 s`, `2 m 10 s`, `1 h 05 m` */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, '0')} s`
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} m`
}

/** `0:05`, `3:00`: length of a video. */
export function formatLength(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** A rounded guess in words, as nobody needs false precision: `about 2 min`. */
export function formatRoughly(seconds: number): string {
  if (seconds < 5) return 'a few seconds'
  if (seconds < 50) return `about ${Math.ceil(seconds / 10) * 10} s`
  if (seconds < 3300) return `about ${Math.max(1, Math.round(seconds / 60))} min`
  if (seconds < 2 * 86_400) return `about ${(seconds / 3600).toFixed(1)} h`
  return `about ${Math.round(seconds / 86_400)} days`
}

/** Made once: a formatter costs a hundred times what it formats. */
const formats = {
  time: new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }),
  weekday: new Intl.DateTimeFormat(undefined, { weekday: 'short' }),
  date: new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' }),
  dateAndYear: new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' }),
  day: new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }),
  month: new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric' }),
}

/** `14:02` today, `Mon 14:02` this week, `12 Mar 14:02` before. */
export function formatMoment(at: number, now: number): string {
  const date = new Date(at * 1000)
  const today = new Date(now * 1000)
  const time = formats.time.format(date)
  if (date.toDateString() === today.toDateString()) return time
  if (now - at < 6 * 86_400) return `${formats.weekday.format(date)} ${time}`
  const sameYear = date.getFullYear() === today.getFullYear()
  return `${(sameYear ? formats.date : formats.dateAndYear).format(date)} ${time}`
}

/** The whole moment, for `title` and the details panel. */
export const formatFull = (at: number) => new Date(at * 1000).toLocaleString()

/** `2 min ago` */
export function formatAgo(at: number, now: number): string {
  const seconds = Math.max(0, now - at)
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${Math.floor(seconds)} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  return `${Math.floor(seconds / 86_400)} d ago`
}

/** `Fri 20 Nov 2026` */
export const formatDay = (at: number) => formats.day.format(new Date(at * 1000))

/** `Nov 2026` */
export const formatMonth = (at: number) => formats.month.format(new Date(at * 1000))
