/** @file Processes as Linux tells of them, for tests of what one leaves behind. Not part of the product. */
import { readdir, readFile } from 'node:fs/promises'
import { until } from './until.ts'

const read = (pid: number | string, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')

/** What runs now as a child of this process, with its command line. */
export async function childrenOf(parent: number): Promise<{ pid: number; command: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(
    pids.map(async (pid) => ({ pid: Number(pid), stat: await read(pid, 'stat'), command: await read(pid, 'cmdline') })),
  )
  return all.filter(({ stat }) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent)
}

/** Resolves when the process has ended. */
export async function isGone(pid: number): Promise<void> {
  const hasEnded = async () => {
    const stat = await read(pid, 'stat')
    return stat === '' || stat.includes(') Z ')
  }
  await until(hasEnded, `process ${pid} to end`)
}
