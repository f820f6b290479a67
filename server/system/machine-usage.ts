/**
 * @file CPU and memory of this container. CPU: the control group's limit and usage where there is one (v2), else the
 * machine's. A pod sees the host's 128 cores and 1 TB in `os`, and may use a tenth of them.
 */
import { readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import type { System } from '#contracts/system'
import { readMemory } from '#platform/memory'

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
      const [cpuMax, cpuStat, memory] = await Promise.all([
        readText(join(cgroup, 'cpu.max')),
        readText(join(cgroup, 'cpu.stat')),
        readMemory(),
      ])
      const cores = coreLimit(cpuMax) ?? cpus().length
      const usedMilliseconds = cgroupCpu(cpuStat) ?? machineCpu()
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
        memory: { total: memory.total, used: memory.total - memory.free },
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
