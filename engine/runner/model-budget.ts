/** @file How much of the device's memory the models of this runner may take. */
import { type MemoryFigures, readMemory } from '#platform/memory'
import { cudaIndex, readGpuMemory } from '../machine/gpu-memory.ts'
import type { RunnerConfig } from './config.ts'

export interface ModelBudget {
  /** Bytes for what stays open. */
  maxBytes: number
  /** The device's memory now, without what is left to others; null: nobody knows. */
  memory: () => Promise<MemoryFigures | null>
}

/** What others on a GPU (the desktop, the driver) may need while models run, when nothing else was said. */
const defaultGpuReserve = 400e6

/** @param environment - where `CUDA_VISIBLE_DEVICES` stands */
export async function modelBudget(config: RunnerConfig, environment: NodeJS.ProcessEnv): Promise<ModelBudget> {
  const index = cudaIndex(config.device)
  const reserve = config.reserveBytes ?? (index === null ? 0 : defaultGpuReserve)
  const read = () => (index === null ? readMemory() : readGpuMemory(index, environment.CUDA_VISIBLE_DEVICES ?? null))
  const memory = async () => {
    const figures = await read()
    return figures && { total: figures.total - reserve, free: Math.max(0, figures.free - reserve) }
  }
  // One larger model still opens, so a bound of nothing keeps the one that runs.
  if (config.keepOneModel) return { maxBytes: 1, memory }
  const bound = index === null ? config.modelMaxBytes - reserve : ((await memory())?.total ?? Number.MAX_SAFE_INTEGER)
  return { maxBytes: Math.max(1, bound), memory }
}
