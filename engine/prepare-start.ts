/**
 * @file What is read and made on disk before the engine's parts are: files that flags name, and the directories. Everything
 * that is wrong here is told to the person who starts the engine.
 */
import { readFileSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { createSecureContext } from 'node:tls'
import { ConfigError, type EngineConfig } from './config.ts'
import type { EngineDirectories } from './directories.ts'
import { type ExtraModelDirectory, readExtraModelPaths } from './environment/extra-model-paths.ts'
import type { ModelFolder } from './environment/model-folders.ts'
import type { LogLevel } from './http/log-buffer.ts'
import type { TlsFiles } from './http/server.ts'

/** Of each model folder the directory that the engine may write to; those that a file names are somebody else's. */
export function ownDirectories(
  folders: ReadonlyMap<string, ModelFolder>,
  { modelRoots, customNodes }: EngineDirectories,
): string[] {
  const isOwn = (directory: string) => directory === customNodes || directory.startsWith(join(modelRoots[0]!, sep))
  return [...folders.values()].flatMap((folder) => folder.directories.find(isOwn) ?? [])
}

/** @throws ConfigError for a file that was named and cannot be read */
export async function readExtraModels(
  { extraModelPaths }: EngineConfig,
  environment: NodeJS.ProcessEnv,
  log: (level: LogLevel, message: string) => void,
): Promise<ExtraModelDirectory[]> {
  const found: ExtraModelDirectory[] = []
  for (const { path, optional } of extraModelPaths) {
    try {
      found.push(...(await readExtraModelPaths(path, environment)))
    } catch (error) {
      if (optional && (error as NodeJS.ErrnoException).code === 'ENOENT') continue
      throw new ConfigError(`The model directories of ${path} cannot be read: ${(error as Error).message}`)
    }
  }
  for (const { folder, directory } of found) log('info', `models: ${folder} is also read from ${directory}`)
  return found
}

/** @throws ConfigError when a file cannot be read */
export function readTlsFiles({ keyFile, certFile }: NonNullable<EngineConfig['tls']>): TlsFiles {
  try {
    const files = { key: readFileSync(keyFile), cert: readFileSync(certFile) }
    createSecureContext(files)
    return files
  } catch (error) {
    throw new ConfigError(`The certificate cannot be used: ${(error as Error).message}`)
  }
}

/** The environment of a runner that sees only some GPUs. */
export function withVisibleDevices(environment: NodeJS.ProcessEnv, devices: string | null): NodeJS.ProcessEnv {
  return devices === null ? environment : { ...environment, CUDA_VISIBLE_DEVICES: devices }
}

export async function makeDirectories(config: EngineConfig, modelDirectories: readonly string[]): Promise<void> {
  const { input, output, temp, user, database } = config.directories
  const catalogue = config.assetDatabase === null ? [] : [dirname(config.assetDatabase)]
  for (const directory of [input, output, temp, user, database, ...catalogue, ...modelDirectories]) {
    await mkdir(directory, { recursive: true })
  }
}

/** Temporary files live as long as the engine. The directory itself may be a mount and stays. */
export async function emptyDirectory(directory: string): Promise<void> {
  for (const name of await readdir(directory).catch((): string[] => [])) {
    await rm(join(directory, name), { recursive: true, force: true }).catch(() => undefined)
  }
}
