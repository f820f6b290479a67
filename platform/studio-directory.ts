/** @file The layout of `STUDIO_DIR` and of what the project ships, in one place. Makes nothing. */
import { join } from 'node:path'

export interface StudioDirectory {
  root: string
  input: string
  /** Uploads that are not all here yet: hidden, and on the file system of their later place. */
  unfinishedUploads: string
  output: string
  temp: string
  models: string
  workflows: string
  customNodes: string
  user: string
  trash: string
  cache: string
  database: string
  secrets: string
  logs: string
  /** Shipped content, read in place, never written: second root of models and workflows, source of the samples. */
  defaults: { models: string; workflows: string; input: string }
}

export const incompleteMarker = '.incomplete'
/** The files of a job that was interrupted are to stay: nobody is asked any more. */
export const keptMarker = '.kept'
export const jobRecordName = 'job.json'

/**
 * @param studioDir - absolute path of `STUDIO_DIR`
 * @param projectRoot - absolute path of the project, for the shipped content
 */
export function studioDirectory(studioDir: string, projectRoot: string): StudioDirectory {
  const defaults = join(projectRoot, 'studio-data', 'defaults')
  return {
    root: studioDir,
    input: join(studioDir, 'assets', 'input'),
    unfinishedUploads: join(studioDir, 'assets', 'input', '.uploads'),
    output: join(studioDir, 'assets', 'output'),
    temp: join(studioDir, 'temp'),
    models: join(studioDir, 'models'),
    workflows: join(studioDir, 'workflows'),
    customNodes: join(studioDir, 'custom_nodes'),
    user: join(studioDir, 'user'),
    trash: join(studioDir, 'trash'),
    cache: join(studioDir, 'cache'),
    database: join(studioDir, 'database'),
    secrets: join(studioDir, 'secrets'),
    logs: join(studioDir, 'logs'),
    defaults: {
      models: join(defaults, 'models'),
      workflows: join(defaults, 'workflows'),
      input: join(defaults, 'input'),
    },
  }
}
