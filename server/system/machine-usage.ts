/**
 * @file CPU and memory of this container: the cgroup's limits and usage where there is one (v2), else the machine's.
 * A pod sees the host's 128 cores and 1 TB in `os`, and may use a tenth of them.
 */
import { readFile } from 'node:fs/promises'
import { cpus, freemem, totalmem } from 'node:os'
import { join } from 'node:path'
import type { System } from '#contracts/system'

export interface MachineUsage {
  cpu: System['cpu']
  memory: System['memory']
}

export interface MachineMonitor {
  /** The usage now; CPU per cent since the last time it was measured, at least a second ago. */
  read(): Promise<MachineUsage>
}

/** Shortest time, in milliseconds, over which CPU use means something. */
const shortestSpan = 1000

/**
 * @param cgroup - directory of our control group
 * @param now - milliseconds, monotonic
 */
export function createMachineMonitor({
  cgroup = '/sys/fs/cgroup',
  now = () => performance.now(),
}: {
  cgroup?: string
  now?: () => number
} = {}): MachineMonitor {
  let last: { at: number; usedMilliseconds: number } | null = null
  let utilization: number | null = null

  return {
    async read() {
      const [cpuMax, cpuStat, memoryMax, memoryCurrent, memoryStat, meminfo] = await Promise.all([
        ...['cpu.max', 'cpu.stat', 'memory.max', 'memory.current', 'memory.stat'].map((name) =>
          readText(join(cgroup, name)),
        ),
        readText('/proc/meminfo'),
      ])
      const cores = coreLimit(cpuMax!) ?? cpus().length
      const usedMilliseconds = cgroupCpu(cpuStat!) ?? machineCpu()
      const at = now()
      if (!last) {
        last = { at, usedMilliseconds }
      } else if (at - last.at >= shortestSpan) {
        const share = (usedMilliseconds - last.usedMilliseconds) / ((at - last.at) * cores)
        utilization = Math.min(100, Math.max(0, share * 100))
        last = { at, usedMilliseconds }
      }
      return {
        cpu: { cores, utilization: utilization === null ? null : Math.round(utilization * 10) / 10 },
        memory: containerMemory(memoryMax!, memoryCurrent!, memoryStat!) ?? machineMemory(meminfo!),
      }
    },
  }
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

/** `200000 100000` (microseconds per period) is two cores; `max 100000` is no limit. */
function coreLimit(text: string): number | null {
  const match = /^(\d+) (\d+)/.exec(text)
  return match ? Math.max(0.01, Number(match[1]) / Number(match[2])) : null
}

function cgroupCpu(text: string): number | null {
  const match = /^usage_usec (\d+)/m.exec(text)
  return match ? Number(match[1]) / 1000 : null
}

function machineCpu(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
}

/** Null when the group has no limit of its own: then the machine's figures are the honest ones. */
function containerMemory(max: string, current: string, stat: string): System['memory'] | null {
  const limit = Number.parseInt(max, 10)
  const used = Number.parseInt(current, 10)
  if (!Number.isFinite(limit) || !Number.isFinite(used)) return null
  // The page cache is given back when it is needed.
  const cache = Number(/^inactive_file (\d+)/m.exec(stat)?.[1] ?? 0)
  return { total: Math.min(limit, totalmem()), used: Math.max(0, used - cache) }
}

function machineMemory(meminfo: string): System['memory'] {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(meminfo)?.[1]
  const total = totalmem()
  return { total, used: total - (available === undefined ? freemem() : Number(available) * 1024) }
}
