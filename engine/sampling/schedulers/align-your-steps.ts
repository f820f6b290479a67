/**
 * @file Schedules that were optimized for single models over ten steps, and stretched to other numbers of steps.
 * @see Sabour et al. 2024, "Align Your Steps", arXiv 2404.14507, table 3; for SD 1 and SDXL the timesteps of its quickstart
 * guide, whose levels the table rounds
 */
import { trainingSigmas } from '../model-sampling/schedule.ts'

export const alignedModels = ['SD1', 'SDXL', 'SVD'] as const
export type AlignedModel = (typeof alignedModels)[number]

const timesteps = {
  SD1: [999, 850, 736, 645, 545, 455, 343, 233, 124, 24, 0],
  SDXL: [999, 845, 730, 587, 443, 310, 193, 116, 53, 13, 0],
}
const videoSigmas = [700, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002]

/** @returns `steps + 1` levels, largest first, the last one 0 in place of the model's lowest */
export function alignedSigmas(model: AlignedModel, steps: number): Float32Array {
  const table = tableOf(model)
  const sigmas = Float32Array.from({ length: steps + 1 }, (_, i) => levelAt(table, i / steps))
  sigmas[steps] = 0
  return sigmas
}

function tableOf(model: AlignedModel): readonly number[] {
  if (model === 'SVD') return videoSigmas
  const trained = trainingSigmas()
  return timesteps[model].map((timestep) => trained[timestep]!)
}

/** Between two levels of the table their logarithms are interpolated. @param share - 0 its first, 1 its last */
function levelAt(table: readonly number[], share: number): number {
  const at = share * (table.length - 1)
  const low = Math.floor(at)
  const high = Math.ceil(at)
  if (low === high) return table[low]!
  return Math.exp((high - at) * Math.log(table[low]!) + (at - low) * Math.log(table[high]!))
}
