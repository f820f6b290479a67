/**
 * @file What `/system_stats` says of the machine: bytes of memory (the container's, where it is bounded) and the device
 * that models run on. Asks nvidia-smi at most every few seconds, and only for a CUDA device.
 */
import { type MemoryFigures, readMemory } from '#platform/memory'
import { cudaIndex, type GpuFigures, readGpuMemory } from '../machine/gpu-memory.ts'

export interface SystemStats {
  system: Record<string, unknown>
  devices: DeviceStats[]
}

interface DeviceStats {
  name: string
  type: string
  index: number
  vram_total: number
  vram_free: number
  torch_vram_total: number
  torch_vram_free: number
}

export interface SystemStatsOptions {
  /** `cpu` or `cuda:<n>`. */
  device: () => string
  argv: readonly string[]
  /** GPUs that the runner sees, in its numbering, as the machine numbers them; null: all. */
  visibleDevices: string | null
  /** Bytes that open models hold on the device, as far as is known. */
  modelBytes: () => number
  onnxRuntimeVersion: string
  now: () => number
}

/** The edition of the protocol that is spoken; clients compare it. */
export const comfyVersion = '0.27.0'

/** How long an answer of nvidia-smi holds, milliseconds. */
const gpuFreshness = 5000

export function createSystemStats(options: SystemStatsOptions) {
  const { device, argv, visibleDevices, modelBytes, onnxRuntimeVersion, now } = options
  let gpu: { at: number; figures: Promise<GpuFigures | null> } | null = null

  return async function systemStats(): Promise<SystemStats> {
    const memory = await readMemory()
    return {
      system: {
        os: process.platform,
        ram_total: memory.total,
        ram_free: memory.free,
        comfyui_version: comfyVersion,
        required_frontend_version: '',
        installed_templates_version: '',
        required_templates_version: '',
        comfy_package_versions: [],
        python_version: `none (Node.js ${process.versions.node})`,
        pytorch_version: `none (onnxruntime ${onnxRuntimeVersion})`,
        embedded_python: false,
        deploy_environment: 'pod-studio',
        argv: ['engine', ...argv],
      },
      devices: [(await gpuStats(device())) ?? cpuStats(memory)],
    }
  }

  async function gpuStats(name: string): Promise<DeviceStats | null> {
    const index = cudaIndex(name)
    if (index === null) return null
    if (!gpu || now() - gpu.at > gpuFreshness) gpu = { at: now(), figures: readGpuMemory(index, visibleDevices) }
    const figures = await gpu.figures
    return {
      name: figures ? `cuda:${index} ${figures.name}` : name,
      type: 'cuda',
      index,
      vram_total: figures?.total ?? 0,
      vram_free: figures?.free ?? 0,
      // PyTorch's own share elsewhere: here what the open models hold, all of it in use.
      torch_vram_total: modelBytes(),
      torch_vram_free: 0,
    }
  }
}

function cpuStats({ total, free }: MemoryFigures): DeviceStats {
  const vram = { vram_total: total, vram_free: free, torch_vram_total: total, torch_vram_free: free }
  return { name: 'cpu', type: 'cpu', index: 0, ...vram }
}
