/** @file Starts the real engine process from sources, for tests of the web process. Not part of the product. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { findProjectRoot } from '#platform/project-root'
import { childrenOf, isGone } from './processes.ts'

export interface RealEngine {
  readonly url: string
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** After `stop`: its runner has ended too, which outlives a killed engine for a moment and still writes. */
  runnerEnded(): Promise<void>
}

/**
 * @param studioDir - absolute path of its `STUDIO_DIR`
 * @throws with what it wrote to stderr when it ends before it listens
 */
export async function startRealEngine(studioDir: string): Promise<RealEngine> {
  const { PATH, HOME } = process.env
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', 'engine/main.ts'], {
    cwd: findProjectRoot(),
    env: { PATH, HOME, STUDIO_DIR: studioDir, ENGINE_PORT: '0', ENGINE_DEVICE: 'cpu' } as unknown as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  let errors = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const listening = (async () => {
    for await (const line of createInterface({ input: child.stdout! })) {
      const url = /^Engine listening on (http:\/\/\S+)$/.exec(line)?.[1]
      if (url) return url
    }
    return null
  })()
  const url = await Promise.race([listening, exited.then(() => null)])
  if (!url) throw new Error(`the engine ended before it listened: ${errors}`)
  const children: { pid: number }[] = []
  return {
    url,
    async stop(signal = 'SIGTERM') {
      // Afterwards they have another parent.
      children.push(...(await childrenOf(child.pid!)))
      child.kill(signal)
      await exited
    },
    async runnerEnded() {
      for (const { pid } of children) await isGone(pid)
    },
  }
}
