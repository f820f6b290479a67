/** @file How often an input was used, in words, and where the jobs are. Pure. */
import type { InputUses } from '#contracts/assets'
import { count } from '../../_client/format/words.ts'

/** @param uses - undefined while it is not known */
export function usesOf(path: string, uses: InputUses | undefined): { text: string; href: string | null } {
  const jobs = uses?.uses[path] ?? 0
  if (jobs > 0) return { text: `Used in ${count(jobs, 'job')}`, href: usesAddress(path) }
  return { text: uses?.complete ? 'Not used yet' : '', href: null }
}

/** The search finds an input's name in what jobs were given. */
const usesAddress = (path: string) => `/jobs?q=${encodeURIComponent(path)}`
