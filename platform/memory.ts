/**
 * @file How much memory there is for everything together: what the control groups (version 2 or 1) leave of the machine's.
 * Pages of files are free memory: weights that are mapped from their file are dropped when others need the room.
 */
import { readFile } from 'node:fs/promises'
import { freemem, totalmem } from 'node:os'
import { join } from 'node:path'

export interface MemoryFigures {
  /** Bytes. */
  total: number
  /** What could be had now, bytes; never more than `total`. */
  free: number
}

/** Where the system tells of control groups. */
export interface ControlGroups {
  /** The mount point. */
  root: string
  /** The file that names this process's own groups. */
  own: string
}

/** The memory of this machine, or of the container when that is less. */
export async function readMemory(
  { root, own }: ControlGroups = { root: '/sys/fs/cgroup', own: '/proc/self/cgroup' },
): Promise<MemoryFigures> {
  // On Linux this is MemAvailable, which counts pages of files already.
  const machine = { total: totalmem(), free: freemem() }
  const groups = await readText(own)
  const bounds = await Promise.all([
    ...fromOwnToRoot(root, /^0::(.*)$/m.exec(groups)?.[1]).map((group) => readBound(group, version2)),
    ...fromOwnToRoot(join(root, 'memory'), /^\d+:(?:.*,)?memory(?:,.*)?:(.*)$/m.exec(groups)?.[1]).map((group) =>
      readBound(group, version1),
    ),
  ])
  const total = Math.min(machine.total, ...bounds.map((bound) => bound?.limit ?? Number.POSITIVE_INFINITY))
  const left = Math.min(
    machine.free,
    ...bounds.map((bound) => (bound ? bound.limit - bound.used : Number.POSITIVE_INFINITY)),
  )
  return { total, free: Math.max(0, Math.min(total, left)) }
}

/**
 * Every group that bounds this process: a limit of any of them holds. In a container the mount point may be its own group
 * while its path is still told as the machine sees it; groups that are not there bound nothing.
 */
function fromOwnToRoot(mount: string, path = '/'): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '..')
  return [mount, ...names.map((_, index) => join(mount, ...names.slice(0, index + 1)))]
}

interface Bound {
  limit: number
  /** Without pages of files. */
  used: number
}

/** The names under which a version of control groups tells the same things. */
interface Version {
  limit: string
  current: string
  /** Fields of `memory.stat`: pages of files; and those among them that cannot be dropped, or only once written. */
  filePages: string
  kept: readonly string[]
}

const version2: Version = {
  limit: 'memory.max',
  current: 'memory.current',
  filePages: 'file',
  kept: ['shmem', 'file_dirty', 'file_writeback'],
}
const version1: Version = {
  limit: 'memory.limit_in_bytes',
  current: 'memory.usage_in_bytes',
  filePages: 'total_cache',
  kept: ['total_shmem', 'total_dirty', 'total_writeback'],
}

async function readBound(group: string, version: Version): Promise<Bound | null> {
  const limit = await readNumber(join(group, version.limit))
  const current = await readNumber(join(group, version.current))
  if (limit === null || current === null) return null
  const field = await readFields(join(group, 'memory.stat'))
  const droppable = version.kept.reduce((pages, name) => pages - field(name), field(version.filePages))
  return { limit, used: current - Math.max(0, droppable) }
}

async function readNumber(path: string): Promise<number | null> {
  // `max` is no bound. Version 1 has a number beyond every machine for that.
  const value = Number.parseInt(await readText(path), 10)
  return Number.isFinite(value) ? value : null
}

async function readFields(path: string): Promise<(name: string) => number> {
  const fields = new Map((await readText(path)).split('\n').map((line) => line.split(' ') as [string, string]))
  return (name) => Number(fields.get(name) ?? 0) || 0
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
