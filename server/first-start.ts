/**
 * @file What a new `STUDIO_DIR` begins with: the sample inputs, so that a first run needs no upload. They come once;
 * whoever deletes them is not given them again.
 */
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { mediaKindOfName } from '#contracts/media'
import { syncDirectory, syncFile, temporaryPathBeside } from '#platform/files/durable-write'
import type { StudioDirectory } from '#platform/studio-directory'

/** Copies the samples when there are no assets yet: all of them become visible at once, or none. */
export async function copySamplesOnFirstStart(directory: StudioDirectory): Promise<void> {
  const assets = dirname(directory.input)
  await mkdir(directory.root, { recursive: true })
  if (await exists(assets)) return
  const prepared = temporaryPathBeside(assets)
  try {
    const input = join(prepared, 'input')
    await mkdir(input, { recursive: true })
    for (const name of await readdir(directory.defaults.input).catch(() => [])) {
      if (mediaKindOfName(name) === null) continue
      await copyFile(join(directory.defaults.input, name), join(input, name))
      await syncFile(join(input, name))
    }
    await syncDirectory(input)
    await rename(prepared, assets)
    await syncDirectory(directory.root)
  } catch (error) {
    await rm(prepared, { recursive: true, force: true })
    // Somebody else made the directory meanwhile: then it is not a first start.
    if (!(await exists(assets))) throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return readdir(path).then(
    () => true,
    () => false,
  )
}
