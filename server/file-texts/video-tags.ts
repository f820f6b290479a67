/**
 * @file Reads the tags of a video with ffmpeg, as one of its metadata files on standard output; ffmpeg decodes nothing for it.
 * Only the tags of the whole file: those of its streams are the encoder's.
 * @see ffmpeg documentation, "Metadata"
 */
import { spawn } from 'node:child_process'
import type { FileText, FileTexts } from '#contracts/file-texts'
import { demuxerArguments } from '#platform/ffmpeg'
import type { TextLimits } from './png-texts.ts'

const timeLimit = 15_000
/** What every muxer writes and nobody asks for. */
const technical = new Set(['major_brand', 'minor_version', 'compatible_brands', 'encoder'])

/**
 * @param type - MIME type by content
 * @param path - absolute
 * @returns no texts when ffmpeg cannot read the file
 */
export async function readVideoTags(
  ffmpeg: string,
  { type, path }: { type: string; path: string },
  limits: TextLimits,
  signal: AbortSignal,
): Promise<FileTexts> {
  const open = demuxerArguments(type, path)
  if (!open) return { texts: [], truncated: false }
  const { output, truncated } = await run(ffmpeg, open, limits.maxText, signal)
  return { texts: parseMetadataFile(output, truncated), truncated }
}

/**
 * The entries of the first section. Special characters (`=`, `;`, `#`, `\`, newline) have a backslash before them.
 * @param cut - the text may end within an entry, which is left out then
 */
export function parseMetadataFile(content: string, cut = false): FileText[] {
  const texts: FileText[] = []
  let key: string | null = null
  let word = ''
  const end = () => {
    if (key !== null && !technical.has(key)) texts.push({ keyword: key, text: word })
    key = null
    word = ''
  }
  for (let at = content.indexOf('\n') + 1; at < content.length; at++) {
    const character = content[at]!
    if (character === '\\') word += content[++at] ?? ''
    else if (character === '\n') end()
    else if (character === '=' && key === null) {
      key = word
      word = ''
    } else if (character === '[' && key === null && word === '') return texts
    else word += character
  }
  if (!cut) end()
  return texts
}

function run(ffmpeg: string, open: string[], maxText: number, signal: AbortSignal) {
  return new Promise<{ output: string; truncated: boolean }>((resolve, reject) => {
    const child = spawn(ffmpeg, ['-hide_banner', '-v', 'error', ...open, '-f', 'ffmetadata', 'pipe:1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: timeLimit,
      killSignal: 'SIGKILL',
      signal,
    })
    const parts: Buffer[] = []
    let length = 0
    child.stdout.on('data', (part: Buffer) => {
      parts.push(part)
      length += part.length
      if (length > maxText) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', () => {
      resolve({ output: Buffer.concat(parts).subarray(0, maxText).toString(), truncated: length > maxText })
    })
  })
}
