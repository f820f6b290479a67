/** @file Makes the link to the engine the configuration asks for. */
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import type { StudioDirectory } from '#platform/studio-directory'
import type { Config } from '../config.ts'
import type { EngineLink } from './engine-link.ts'
import { createExistingEngine } from './existing-engine.ts'
import { createSupervisedEngine } from './supervised-engine.ts'

export interface EngineLinkOptions {
  config: Config
  directory: StudioDirectory
  /** Already scrubbed. */
  environment: Record<string, string>
  now: () => number
  log: FastifyBaseLogger
}

export function createEngineLink({ config, directory, environment, now, log }: EngineLinkOptions): EngineLink {
  const { engine } = config
  if (engine.kind === 'existing') {
    return createExistingEngine({ address: { url: engine.url, apiKey: engine.apiKey }, now })
  }
  return createSupervisedEngine({
    command: engineCommand(config.projectRoot),
    environment: {
      ...environment,
      STUDIO_DIR: directory.root,
      ENGINE_HOST: engine.host,
      ENGINE_PORT: String(engine.port),
      // Only an engine that others can reach asks for a key.
      ...(engine.apiKey === null ? {} : { STUDIO_API_KEY: engine.apiKey }),
    },
    apiKey: engine.apiKey,
    now,
    log,
  })
}

/** The engine's bundle; its source when this process runs from sources itself. */
function engineCommand(projectRoot: string): string[] {
  if (import.meta.url.endsWith('.ts')) return ['--import', 'tsx', join(projectRoot, 'engine', 'main.ts')]
  return [join(projectRoot, 'dist', 'engine', 'main.js')]
}
