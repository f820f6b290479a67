/** @file Which build this is: the version of the package and a name that changes with the sources. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'

export interface Build {
  version: string
  /** The same for the same sources; tells an update from a restart. */
  id: string
}

const manifestSchema = z.object({ version: z.string() })

/** @param projectRoot - absolute path of the built project */
export async function readBuild(projectRoot: string): Promise<Build> {
  const { version } = manifestSchema.parse(JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')))
  for (const stamp of ['dist/.studio-build', '.next/BUILD_ID']) {
    const id = await readFile(join(projectRoot, stamp), 'utf8').catch(() => '')
    if (id.trim()) return { version, id: id.trim().slice(0, 21) }
  }
  return { version, id: 'unbuilt' }
}
