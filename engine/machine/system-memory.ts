/**
 * @file How much memory this process may have: the container's bound (control groups, version 2 or 1), or the machine's where
 * there is none. Pages of files are free memory: weights that are mapped from their file are dropped when others need the room.
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

/** @param controlGroup - the mount point; in a container its own group is the root */
export async function readSystemMemory(controlGroup = '/sys/fs/cgroup'): Promise<MemoryFigures> {
  const machine = { total: totalmem(), free: freemem() }
  const bound = (await readVersion2(controlGroup)) ?? (await readVersion1(join(controlGroup, 'memory')))
  if (!bound || bound.limit >= machine.total) return machine
  const free = bound.limit - bound.used
  return { total: bound.limit, free: Math.max(0, Math.min(free, machine.free)) }
}

interface Bound {
  limit: number
  /** Without pages of files. */
  used: number
}

async function readVersion2(directory: string): Promise<Bound | null> {
  const limit = await readNumber(join(directory, 'memory.max'))
  const current = await readNumber(join(directory, 'memory.current'))
  if (limit === null || current === null) return null
  const field = await readFields(join(directory, 'memory.stat'))
  // Shared memory counts as file pages and cannot be dropped; what is not yet written can only be dropped later.
  const droppable = field('file') - field('shmem') - field('file_dirty') - field('file_writeback')
  return { limit, used: current - Math.max(0, droppable) }
}

async function readVersion1(directory: string): Promise<Bound | null> {
  const limit = await readNumber(join(directory, 'memory.limit_in_bytes'))
  const current = await readNumber(join(directory, 'memory.usage_in_bytes'))
  if (limit === null || current === null) return null
  const field = await readFields(join(directory, 'memory.stat'))
  const droppable = field('total_cache') - field('total_shmem') - field('total_dirty') - field('total_writeback')
  return { limit, used: current - Math.max(0, droppable) }
}

async function readNumber(path: string): Promise<number | null> {
  // `max` is no bound.
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
