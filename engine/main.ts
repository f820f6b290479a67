/** @file The engine process: configuration in, one line on stdout when it listens, signals to a clean stop. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { findProjectRoot } from '#platform/project-root'
import { ConfigError, type EngineConfig, parseConfig } from './config.ts'
import { startEngine } from './engine.ts'
import { DatabaseInUseError } from './environment/open-or-replace.ts'
import type { LogLevel } from './http/log-buffer.ts'
import { builtinNodes } from './nodes/index.ts'
import { findPackHostEntry, findRunnerEntry } from './runner/child-process.ts'

/** Longest that a stop may take, milliseconds. */
const stopLimit = 3800

const projectRoot = findProjectRoot()
const fromSource = import.meta.url.endsWith('.ts')
try {
  const config = parseConfig(process.argv.slice(2), process.env, projectRoot)
  if ('help' in config) process.stdout.write(config.help)
  else await run(config)
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exit(error instanceof ConfigError ? 2 : 1)
}

async function run(config: EngineConfig): Promise<void> {
  let stopRequested = false
  let stop = () => {
    stopRequested = true
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop())
  // Started by the studio: when that process is gone, nobody would ever end this one.
  process.on('disconnect', () => stop())

  const engine = await startEngine({
    config,
    nodes: builtinNodes,
    runnerEntry: findRunnerEntry(projectRoot, fromSource),
    packHostEntry: findPackHostEntry(projectRoot, fromSource),
    environment: process.env,
    onnxRuntimeVersion: onnxRuntimeVersion(),
    print: createPrinter(config.log),
  })
  process.stdout.write(`Engine listening on ${engine.url}\n`)

  stop = () => {
    stop = () => undefined
    setTimeout(() => process.exit(1), stopLimit).unref()
    void engine.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${explain(error)}\n`)
        process.exit(1)
      },
    )
  }
  if (stopRequested || config.quickTest) stop()
}

/** Prints log lines of a level and above. */
function createPrinter({ level, to }: EngineConfig['log']): (line: string, level: LogLevel) => void {
  const ranks = ['debug', 'info', 'warn', 'error', 'nothing']
  const least = ranks.indexOf(level)
  return (line, lineLevel) => {
    if (ranks.indexOf(lineLevel) >= least) process[to].write(line)
  }
}

/** For people where we know what is wrong, with the stack where we do not. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DatabaseInUseError) return error.message
  const { code, message, stack } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `The engine cannot listen: ${message}. Is another one running?`
  return stack ?? String(error)
}

function onnxRuntimeVersion(): string {
  try {
    const path = createRequire(import.meta.url).resolve('onnxruntime-node/package.json')
    return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
  } catch {
    return 'unknown'
  }
}
