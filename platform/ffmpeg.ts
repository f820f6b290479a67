/**
 * @file Finds ffmpeg: the one named by the environment, a system one, else the packaged one. Input from users is only
 * opened by a forced demuxer and from local files (see `demuxerArguments`).
 */
import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'

/** Absolute path of an ffmpeg binary, or null when there is none for this platform. */
export function findFfmpeg(environment: NodeJS.ProcessEnv = process.env): string | null {
  if (environment.FFMPEG_PATH) return isExecutable(environment.FFMPEG_PATH) ? environment.FFMPEG_PATH : null
  for (const directory of (environment.PATH ?? '').split(delimiter)) {
    if (directory && isExecutable(join(directory, 'ffmpeg'))) return join(directory, 'ffmpeg')
  }
  try {
    const packaged = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as { path: string }
    return isExecutable(packaged.path) ? packaged.path : null
  } catch {
    return null
  }
}

/**
 * Arguments that open one local file of a sniffed type and nothing else: playlists and other demuxers that read
 * further files or URLs are out.
 * @param type - MIME type by content, from `sniffMediaType`
 * @returns null for types that are not opened
 */
export function demuxerArguments(type: string, absolutePath: string): string[] | null {
  const demuxer = {
    'video/mp4': 'mov',
    'video/quicktime': 'mov',
    'video/webm': 'matroska',
    'video/x-msvideo': 'avi',
    'image/gif': 'gif',
  }[type]
  if (!demuxer) return null
  return ['-nostdin', '-protocol_whitelist', 'file,pipe', '-f', demuxer, '-i', `file:${absolutePath}`]
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
