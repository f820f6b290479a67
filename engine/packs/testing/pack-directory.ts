/** @file Packs for tests, written to a directory of their own. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface PackDirectory {
  path: string
  /** @param files - path below the directory → content */
  write(files: Record<string, string>): Promise<void>
  remove(): Promise<void>
}

export async function makePackDirectory(): Promise<PackDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'packs-'))
  return {
    path,
    async write(files) {
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(path, name)), { recursive: true })
        await writeFile(join(path, name), content)
      }
    },
    remove: () => rm(path, { recursive: true, force: true }),
  }
}

/** The code of a pack with one output node. @param body - of the node, besides what every node has */
export function packOf(classType: string, body = ''): string {
  return `export default ({ defineNode, input }) => [defineNode({
    classType: '${classType}', category: 'test', inputs: {}, outputs: [], isOutputNode: true, execute: () => [], ${body}
  })]`
}
