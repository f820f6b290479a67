/** @file How long the pod runs: a container is as old as its first process, whatever the host's age is. */
import { readFile } from 'node:fs/promises'
import { uptime } from 'node:os'

/** Clock ticks a second in `/proc`; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

/** Seconds since process 1 of this container (or machine) started. */
export async function machineUptime(): Promise<number> {
  const stat = await readFile('/proc/1/stat', 'utf8').catch(() => '')
  // The name in parentheses may hold anything; field 22, `starttime`, counts from behind it.
  const started = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  return Number.isFinite(started) ? Math.max(0, uptime() - started / ticksPerSecond) : uptime()
}
