/** @file Addresses of the runner: with the settings of a job, or for files that were chosen. */

/**
 * @param workflow - the job's, or null for a job of a ComfyUI client, whose graph becomes the form
 * @param file - key of the file of that job with which the new result is to be compared
 */
export const runFrom = (job: string, workflow: string | null, file: string | null = null) =>
  `/run${workflow === null ? '' : `/${encodeURIComponent(workflow)}`}?from=${encodeURIComponent(job)}` +
  (file === null ? '' : `&with=${encodeURIComponent(file)}`)

/** Longer addresses are refused on the way. */
const maxQuery = 6000

/**
 * @param files - as the engine reads them, in the library of inputs
 * @param workflow - one that takes them; else it is chosen first
 * @returns the address, and how many of the files it has room for
 */
export function runOn(files: readonly string[], workflow: string | null = null): { href: string; taken: number } {
  let query = ''
  let taken = 0
  for (const file of files) {
    const part = `${taken === 0 ? '?' : '&'}image=${encodeURIComponent(file)}`
    if (query.length + part.length > maxQuery) break
    query += part
    taken++
  }
  return { href: `/run${workflow === null ? '' : `/${encodeURIComponent(workflow)}`}${query}`, taken }
}
