/** @file Resident memory of another process. */
import { readFile } from 'node:fs/promises'

/** Bytes, or null when there is no such process or no `/proc` on this system. */
export async function residentMemory(pid: number | null): Promise<number | null> {
  if (pid === null) return null
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const match = /^VmRSS:\s+(\d+) kB/m.exec(status)
  return match ? Number(match[1]) * 1024 : null
}
