/** @file A server in a process of its own, and what the kernel says it used. Linux only (`/proc`). */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'

export interface ServerProcess {
  pid: number
  port: number
  /** Seconds of CPU so far, user and system. */
  cpuSeconds(): number
  residentBytes(): number
  /** Resident bytes of its children and theirs. */
  descendantBytes(): number
  /** Highest resident bytes since {@link ServerProcess.resetPeak}. */
  peakBytes(): number
  resetPeak(): void
  inotifyWatches(): number
  stop(): Promise<void>
}

const ticksPerSecond = 100

/** @param command - prints `listening <port>` when it is ready */
export async function startServer(
  command: string,
  options: string[],
  environment: Record<string, string> = {},
): Promise<ServerProcess> {
  const child = spawn(command, options, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  })
  const port = await portOf(child)
  const pid = child.pid!
  const status = (field: string, of = pid) => {
    const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${of}/status`, 'utf8'))
    return Number(match?.[1] ?? 0) * 1024
  }
  return {
    pid,
    port,
    cpuSeconds() {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
    },
    residentBytes: () => status('VmRSS'),
    descendantBytes: () => descendants(pid).reduce((sum, each) => sum + status('VmRSS', each), 0),
    peakBytes: () => status('VmHWM'),
    resetPeak: () => writeFileSync(`/proc/${pid}/clear_refs`, '5'),
    inotifyWatches() {
      return readdirSync(`/proc/${pid}/fd`)
        .filter((fd) => isInotify(`/proc/${pid}/fd/${fd}`))
        .map((fd) => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8').match(/^inotify /gm)?.length ?? 0)
        .reduce((sum, count) => sum + count, 0)
    },
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.kill('SIGKILL')
      }),
  }
}

/** Starts one of `bench/servers/`. */
export function startScript(script: string, ...options: string[]): Promise<ServerProcess> {
  return startServer(process.execPath, ['--import', 'tsx', `bench/servers/${script}`, ...options])
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const match = /listening (?:on \S+:)?(\d+)/.exec(text)
      if (match) resolve(Number(match[1]))
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
}

function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number)
  return children.flatMap((child) => [child, ...descendants(child)])
}

function isInotify(link: string): boolean {
  try {
    return readlinkSync(link).includes('inotify')
  } catch {
    return false
  }
}
