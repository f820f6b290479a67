/** @file Puts the pod's telemetry together for `GET /api/admin/system` and the event stream's snapshot. */
import type { EngineState, System } from '#contracts/system'
import type { Build } from './build.ts'
import type { GpuMonitor } from './gpu-monitor.ts'
import { machineUptime } from './machine-uptime.ts'
import type { MachineMonitor } from './machine-usage.ts'
import { residentMemory } from './process-memory.ts'

export interface SystemReportDeps {
  build: Build
  /** Unix seconds. */
  startedAt: number
  engine: () => EngineState
  enginePid: () => number | null
  runnerRss: () => number | null
  queue: () => System['queue']
  disk: () => Promise<System['disk']>
  gpu: GpuMonitor
  machine: MachineMonitor
  /** What the pod's host told in the environment, and what was configured. */
  pod: Pick<System['pod'], 'id' | 'data_centre' | 'price_per_hour'>
}

/** @returns a function that measures now */
export function createSystemReport(deps: SystemReportDeps): () => Promise<System> {
  return async () => {
    const [machine, disk, engineRss] = await Promise.all([
      deps.machine.read(),
      deps.disk(),
      residentMemory(deps.enginePid()),
    ])
    return {
      version: deps.build.version,
      build_id: deps.build.id,
      started_at: deps.startedAt,
      engine: deps.engine(),
      queue: deps.queue(),
      gpus: deps.gpu.gpus(),
      cpu: machine.cpu,
      memory: machine.memory,
      disk,
      pod: {
        ...deps.pod,
        platform: `${process.platform} ${process.arch}`,
        node: process.versions.node,
        uptime: await machineUptime(),
      },
      process: { web_rss: process.memoryUsage.rss(), engine_rss: engineRss, runner_rss: deps.runnerRss() },
    }
  }
}
