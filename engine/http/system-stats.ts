/**
 * @file What `/system_stats` says of the machine: bytes of memory (the container's, where it is bounded) and the device
 * that models run on. Asks nvidia-smi at most every few seconds, and only for a CUDA device.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { freemem, totalmem } from 'node:os'
import { promisify } from 'node:util'

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
  onnxRuntimeVersion: string
  now: () => number
}

/** The edition of the protocol that is spoken; clients compare it. */
export const comfyVersion = '0.27.0'

/** How long an answer of nvidia-smi holds, milliseconds. */
const gpuFreshness = 5000

export function createSystemStats({ device, argv, visibleDevices, onnxRuntimeVersion, now }: SystemStatsOptions) {
  let gpu: { at: number; stats: Promise<DeviceStats | null> } | null = null

  return async function systemStats(): Promise<SystemStats> {
    const memory = await memoryBounds()
    const name = device()
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
      devices: [(await gpuStats(name)) ?? cpuStats(memory)],
    }
  }

  async function gpuStats(name: string): Promise<DeviceStats | null> {
    const match = /^cuda:(\d+)$/.exec(name)
    if (!match) return null
    const index = Number(match[1])
    const physical = visibleDevices?.split(',')[index] ?? String(index)
    if (!gpu || now() - gpu.at > gpuFreshness) gpu = { at: now(), stats: askGpu(index, physical) }
    return gpu.stats
  }
}

function cpuStats({ total, free }: { total: number; free: number }): DeviceStats {
  const vram = { vram_total: total, vram_free: free, torch_vram_total: total, torch_vram_free: free }
  return { name: 'cpu', type: 'cpu', index: 0, ...vram }
}

/** @param physical - the number that nvidia-smi knows it by */
async function askGpu(index: number, physical: string): Promise<DeviceStats | null> {
  const unknown = { vram_total: 0, vram_free: 0, torch_vram_total: 0, torch_vram_free: 0 }
  try {
    const query = ['--query-gpu=name,memory.total,memory.free', '--format=csv,noheader,nounits', `--id=${physical}`]
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 3000 })
    const [name = 'NVIDIA GPU', total, free] = stdout
      .trim()
      .split(',')
      .map((cell) => cell.trim())
    const bytes = (mebibytes: string | undefined) => (Number(mebibytes) || 0) * 1024 * 1024
    const vram = { total: bytes(total), free: bytes(free) }
    return {
      name: `cuda:${index} ${name}`,
      type: 'cuda',
      index,
      vram_total: vram.total,
      vram_free: vram.free,
      torch_vram_total: vram.total,
      torch_vram_free: vram.free,
    }
  } catch {
    return { name: `cuda:${index}`, type: 'cuda', index, ...unknown }
  }
}

/** Of the container if it has a bound, else of the machine. */
async function memoryBounds(): Promise<{ total: number; free: number }> {
  const limit = await readNumber('/sys/fs/cgroup/memory.max')
  const used = await readNumber('/sys/fs/cgroup/memory.current')
  const total = totalmem()
  if (limit === null || used === null || limit >= total) return { total, free: freemem() }
  return { total: limit, free: Math.max(0, Math.min(limit - used, freemem())) }
}

async function readNumber(path: string): Promise<number | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const value = Number.parseInt(text, 10)
  return Number.isFinite(value) ? value : null
}
