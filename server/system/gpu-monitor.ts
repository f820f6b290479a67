/**
 * @file Graphics cards as `nvidia-smi` sees them: one long-lived child that reports every two seconds, since starting
 * one per question costs up to a second. Without a card or the tool there are simply none.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { System } from '#contracts/system'

export type Gpu = System['gpus'][number]

const queries = ['index', 'name', 'memory.total', 'memory.used', 'utilization.gpu', 'temperature.gpu', 'power.draw']
const mebibyte = 1024 ** 2

export interface GpuMonitor {
  gpus(): Gpu[]
  close(): void
}

/**
 * Starts watching.
 * @param command - the tool; another name in tests
 * @param restartPause - milliseconds before a tool that worked and died is started again
 */
export function createGpuMonitor({
  command = ['nvidia-smi'],
  environment,
  restartPause = 10_000,
}: {
  command?: readonly string[]
  environment: Record<string, string>
  restartPause?: number
}): GpuMonitor {
  const gpus = new Map<number, Gpu>()
  let child: ChildProcess | null = null
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function launch(): void {
    const [tool, ...first] = command
    const started = spawn(
      tool!,
      [...first, `--query-gpu=${queries.join(',')}`, '--format=csv,noheader,nounits', '--loop=2'],
      { env: environment as NodeJS.ProcessEnv },
    )
    child = started
    let worked = false
    // No such tool: no card we could ask about, now or later.
    started.once('error', () => {
      child = null
    })
    started.stderr.resume()
    createInterface({ input: started.stdout }).on('line', (line) => {
      const gpu = parseGpuLine(line)
      if (!gpu) return
      worked = true
      gpus.set(gpu.index, gpu)
    })
    started.once('close', () => {
      child = null
      gpus.clear()
      if (closed || !worked) return
      timer = setTimeout(launch, restartPause)
      timer.unref()
    })
  }

  launch()
  return {
    gpus: () => [...gpus.values()].sort((a, b) => a.index - b.index),
    close() {
      closed = true
      clearTimeout(timer)
      child?.kill()
    },
  }
}

/** One line of the tool's CSV; null when it is something else (an error text). Absent figures are null. */
export function parseGpuLine(line: string): Gpu | null {
  const fields = line.split(',').map((field) => field.trim())
  if (fields.length !== queries.length || !/^\d+$/.test(fields[0]!)) return null
  const [index, name, total, used, utilization, temperature, power] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const inBytes = (field: string) => {
    const mebibytes = figure(field)
    return mebibytes === null ? null : mebibytes * mebibyte
  }
  return {
    index: Number(index),
    name,
    memory_total: inBytes(total),
    memory_used: inBytes(used),
    utilization: figure(utilization),
    temperature: figure(temperature),
    power: figure(power),
  }
}

/** `[N/A]`, `[Not Supported]` and `[Unknown Error]` are not figures. */
function figure(field: string): number | null {
  return /^-?\d+(\.\d+)?$/.test(field) ? Number(field) : null
}
