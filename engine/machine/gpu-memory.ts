/** @file The memory of a GPU as `nvidia-smi` tells it: everything on it counts, also what other processes hold. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { MemoryFigures } from '#platform/memory'

export interface GpuFigures extends MemoryFigures {
  name: string
}

const timeoutMs = 3000

/**
 * @param index - as CUDA numbers the GPUs that may be used
 * @param visible - those as the machine numbers them (`CUDA_VISIBLE_DEVICES`), null for all
 * @returns null when there is no such GPU, or no tool that knows it
 */
export async function readGpuMemory(index: number, visible: string | null): Promise<GpuFigures | null> {
  const physical = visible?.split(',')[index] ?? String(index)
  const query = ['--query-gpu=name,memory.total,memory.free', '--format=csv,noheader,nounits', `--id=${physical}`]
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: timeoutMs })
    const [name, total, free] = stdout.split(',').map((cell) => cell.trim())
    const bytes = (mebibytes: string | undefined) => (Number(mebibytes) || 0) * 1024 * 1024
    return { name: name || 'NVIDIA GPU', total: bytes(total), free: bytes(free) }
  } catch {
    return null
  }
}

/** The number in `cuda:<n>`, null for any other device. */
export function cudaIndex(device: string): number | null {
  const match = /^cuda:(\d+)$/.exec(device)
  return match ? Number(match[1]) : null
}
