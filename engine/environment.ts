/**
 * @file What node declarations may look at: the model folders and the input directory. Made once in the engine (for
 * `object_info` and validation) and once in the runner (for execution), from the same directories.
 */
import { extname } from 'node:path'
import type { EngineDirectories } from './directories.ts'
import { findAnnotatedFile } from './environment/annotated-file.ts'
import { listFiles } from './environment/list-files.ts'
import { findModelFile, listModelFiles } from './environment/model-files.ts'
import { createModelFolders, currentFolderName } from './environment/model-folders.ts'
import type { NodeEnvironment } from './nodes/define.ts'

const kindByExtension: Record<string, 'image' | 'video' | 'latent'> = {
  '.png': 'image',
  '.jpg': 'image',
  '.jpeg': 'image',
  '.webp': 'image',
  '.gif': 'image',
  '.bmp': 'image',
  '.tif': 'image',
  '.tiff': 'image',
  '.avif': 'image',
  '.mp4': 'video',
  '.m4v': 'video',
  '.mov': 'video',
  '.webm': 'video',
  '.mkv': 'video',
  '.avi': 'video',
  '.latent': 'latent',
}

/** @param directories - absolute paths; those that do not exist are empty */
export function createNodeEnvironment(
  directories: Pick<EngineDirectories, 'input' | 'output' | 'temp' | 'modelRoots' | 'customNodes'> &
    Partial<Pick<EngineDirectories, 'extraModels'>>,
): NodeEnvironment {
  const folders = createModelFolders(directories)

  return {
    inputDirectory: directories.input,
    outputDirectory: directories.output,
    tempDirectory: directories.temp,

    async listModels(name) {
      const folder = folders.get(currentFolderName(name))
      return folder ? (await listModelFiles(folder)).map((file) => file.name).sort() : []
    },

    async findModel(name, file) {
      const folder = folders.get(currentFolderName(name))
      return folder ? findModelFile(folder, file) : null
    },

    async listInputFiles(kinds) {
      const wanted = new Set<string>(kinds)
      return listFiles(directories.input, {
        followLinks: false,
        accept: (name) => wanted.has('any') || wanted.has(kindByExtension[extname(name).toLowerCase()] ?? 'other'),
      })
    },

    findAnnotatedFile: (name) => findAnnotatedFile(directories, name),
  }
}
