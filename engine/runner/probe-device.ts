/**
 * @file Decides what models run on: a throw-away child tries one addition on the GPU. The answer is a device and the
 * reason in words, for the log and the page that shows the machine.
 */
import { forkRunner, type RunnerEntry } from './child-process.ts'
import type { ProbeAnswer } from './probe-session.ts'

/** A first use of a GPU loads and compiles for a while. */
const probeTimeoutMs = 60_000

export interface DeviceChoice {
  device: 'cpu' | 'cuda:0'
  reason: string
}

export interface ProbeOptions {
  wanted: 'auto' | 'cpu' | 'cuda'
  entry: RunnerEntry
  environment: NodeJS.ProcessEnv
  signal?: AbortSignal
}

/** @throws never: when the GPU cannot be used, the choice is the CPU and the reason says why */
export async function probeDevice({ wanted, entry, environment, signal }: ProbeOptions): Promise<DeviceChoice> {
  if (wanted === 'cpu') return { device: 'cpu', reason: 'The CPU was asked for.' }
  const answer = await askChild(entry, environment, signal)
  if (answer.ok) return { device: 'cuda:0', reason: 'The CUDA provider works.' }
  const asked = wanted === 'cuda' ? 'CUDA was asked for but cannot be used' : 'CUDA cannot be used'
  return { device: 'cpu', reason: `${asked}: ${answer.reason}` }
}

async function askChild(
  entry: RunnerEntry,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<ProbeAnswer> {
  let answer: ProbeAnswer | null = null
  const child = forkRunner({
    entry,
    config: { mode: 'probe', device: 'cuda' },
    environment,
    onMessage: (message) => {
      answer = message as ProbeAnswer
      child.kill('It has answered.')
    },
    onOutput: () => undefined,
  })
  const onAbort = () => child.kill('The engine is stopping.')
  const timer = setTimeout(() => child.kill(`No answer within ${probeTimeoutMs / 1000} seconds.`), probeTimeoutMs)
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted) onAbort()
  const reason = await child.ended
  clearTimeout(timer)
  signal?.removeEventListener('abort', onAbort)
  return answer ?? { ok: false, reason }
}
