/**
 * @file The byte ledger: how much the studio stores, how much it may, and who is about to write. `statfs` lies on network
 * volumes (it shows the whole cluster), so a configured quota counts first. Owners of files report their own bytes.
 */
import { statfs } from 'node:fs/promises'
import type { System } from '#contracts/system'
import { StudioError } from '../http/errors.ts'

/** Someone who knows how many bytes of one kind lie on the disk. */
export interface ByteCount {
  readonly bytes: number
}

export type StoredKind = keyof System['disk']['used_by']

export interface LedgerOptions {
  /** Absolute path whose file system is asked for its free space. */
  root: string
  /** Bytes the studio may store, or null to believe the file system. */
  quota: number | null
  stored: Record<StoredKind, ByteCount>
  /** Bytes a second that were written of late; null when none. */
  fillRate?: () => number | null
  /** Free and total bytes of the file system that holds a path. */
  diskSpace?: (path: string) => Promise<DiskSpace>
}

export interface DiskSpace {
  free: number
  total: number
}

/** Bytes promised to one writer; counted as used until {@link Reservation.release}. */
export interface Reservation {
  /** @throws StudioError `insufficient_storage` */
  grow(bytes: number): Promise<void>
  release(): void
}

export interface Ledger {
  /** @throws StudioError `insufficient_storage` when so much does not fit, or the disk is as good as full */
  reserve(bytes: number): Promise<Reservation>
  /** @param what - in words: `Uploads`. @throws StudioError `insufficient_storage` while the disk is as good as full */
  requireRoom(what: string): Promise<void>
  /** The disk part of `GET /api/admin/system`. */
  usage(): Promise<System['disk']>
}

const warnShare = 0.85
const fullShare = 0.95
/**
 * Without a quota, a share alone is not believed: a cluster's network volume may be 97 % full and have room for years.
 * With more free than this it is neither nearly nor as good as full.
 */
const plentyToWarn = 100e9
const plentyToStop = 20e9

export function createLedger(options: LedgerOptions): Ledger {
  const { root, quota, stored, fillRate = () => null, diskSpace = askFileSystem } = options
  let reserved = 0

  const used = () => Object.values(stored).reduce((sum, kind) => sum + kind.bytes, 0)

  async function space(): Promise<DiskSpace | null> {
    try {
      return await diskSpace(root)
    } catch {
      // A directory that does not exist yet, or a file system without statfs: the write itself will tell.
      return null
    }
  }

  async function free(): Promise<number> {
    const byQuota = quota === null ? Number.POSITIVE_INFINITY : quota - used()
    const byDisk = (await space())?.free ?? Number.POSITIVE_INFINITY
    return Math.min(byQuota, byDisk) - reserved
  }

  async function usage(): Promise<System['disk']> {
    const disk = await space()
    const total = quota ?? disk?.total ?? null
    const left = quota === null ? (disk?.free ?? null) : Math.max(0, Math.min(quota - used(), disk?.free ?? quota))
    const share = total === null || left === null || total === 0 ? 0 : 1 - left / total
    const isShort = (plenty: number) => quota !== null || left === null || left < plenty
    const rate = fillRate()
    return {
      quota,
      used_by: {
        inputs: stored.inputs.bytes,
        outputs: stored.outputs.bytes,
        trash: stored.trash.bytes,
        models: stored.models.bytes,
        cache: stored.cache.bytes,
      },
      free: left,
      total,
      level:
        share >= fullShare && isShort(plentyToStop)
          ? 'full'
          : share >= warnShare && isShort(plentyToWarn)
            ? 'warn'
            : 'ok',
      seconds_left: rate === null || left === null ? null : Math.round(left / rate),
    }
  }

  return {
    async reserve(bytes) {
      let held = 0
      let released = false
      const reservation: Reservation = {
        async grow(more) {
          const available = await free()
          if (more > available) {
            throw new StudioError(
              'insufficient_storage',
              `Not enough space: ${megabytes(more)} needed, ${megabytes(Math.max(0, available))} left. Delete something first.`,
            )
          }
          if (released) return
          held += more
          reserved += more
        },
        release() {
          if (released) return
          released = true
          reserved -= held
        },
      }
      await reservation.grow(bytes)
      return reservation
    },
    async requireRoom(what) {
      const { level, free: left } = await usage()
      if (level !== 'full') return
      throw new StudioError(
        'insufficient_storage',
        `Not enough space: the disk is nearly full, ${megabytes(left ?? 0)} left. ${what} wait until something is deleted for good (Pod, Storage).`,
      )
    },
    usage,
  }
}

async function askFileSystem(path: string): Promise<DiskSpace> {
  const { bavail, bfree, blocks, bsize } = await statfs(path)
  // As `df` counts: what is kept for root is neither used nor free.
  return { free: bavail * bsize, total: (blocks - bfree + bavail) * bsize }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
