/** @file An hour of telemetry in memory: one look every few seconds, the oldest overwritten. Lost with the process. */
import type { System, SystemSample } from '#contracts/system'

export interface SystemHistoryKeeper {
  /** Seconds between two looks. */
  readonly interval: number
  /** Oldest first. @param after - Unix seconds */
  since(after: number): SystemSample[]
  close(): void
}

export interface HistoryOptions {
  report: () => Promise<System>
  /** Milliseconds since 1970. */
  now: () => number
  /** Seconds. @default 5 */
  interval?: number
  /** @default an hour of them */
  capacity?: number
  onTrouble: (error: unknown) => void
}

/** Begins to look at once. */
export function keepHistory(options: HistoryOptions): SystemHistoryKeeper {
  const { report, now, interval = 5, onTrouble } = options
  const capacity = options.capacity ?? Math.ceil(3600 / interval)
  const ring: SystemSample[] = []
  let next = 0
  let looking = false

  async function look(): Promise<void> {
    // A disk that does not answer must not gather a queue of questions.
    if (looking) return
    looking = true
    try {
      const sample = sampleOf(await report(), now() / 1000)
      if (ring.length < capacity) ring.push(sample)
      else ring[next] = sample
      next = (next + 1) % capacity
    } catch (error) {
      onTrouble(error)
    } finally {
      looking = false
    }
  }

  void look()
  const timer = setInterval(() => void look(), interval * 1000)
  timer.unref()
  return {
    interval,
    since(after) {
      const ordered = ring.length < capacity ? ring : [...ring.slice(next), ...ring.slice(0, next)]
      return ordered.filter((sample) => sample.at > after)
    },
    close: () => clearInterval(timer),
  }
}

/** The figures of a report that are worth a line over time. */
export function sampleOf({ cpu, memory, disk, gpus }: System, at: number): SystemSample {
  const diskShare = disk.total && disk.free !== null ? (1 - disk.free / disk.total) * 100 : null
  return {
    at: Math.round(at * 10) / 10,
    cpu: cpu.utilization,
    memory: memory.used,
    disk: diskShare === null ? null : Math.round(diskShare * 10) / 10,
    gpus: gpus.map((gpu) => ({ utilization: gpu.utilization, memory: gpu.memory_used })),
  }
}
