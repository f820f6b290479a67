/**
 * @file Entry of the thumbnail child: reads one asset per request and answers a WebP. A child, because decoding costs tens
 * of milliseconds and a hostile picture must not be able to end the web process. Keeps nothing; ends with its parent.
 */
import { setPriority } from 'node:os'
import { findFfmpeg } from '#platform/ffmpeg'
import { openBeneath } from '#platform/files/open-beneath'
import { sniffLength, sniffMediaType } from '#platform/media-type'
import type { PictureFacts, RenderAnswer, RenderRequest, ThumbnailShape, ThumbnailWidth } from './messages.ts'
import { joinFrames, readFacts, renderImage, restrictSharp } from './render-image.ts'
import { readFrame, readStrip } from './video-frame.ts'

/** A picture is read into memory as a whole; a larger file is no picture a person made. */
const maxImageBytes = 512 * 1024 * 1024

restrictSharp()
try {
  // A running generation goes first.
  setPriority(10)
} catch {
  // Not allowed here: then at equal rights.
}
const ffmpeg = findFfmpeg()

process.on('message', (request: RenderRequest) => {
  void answer(request).then((message) => {
    if (process.connected) process.send?.(message)
  })
})
process.on('disconnect', () => process.exit(0))

async function answer({ id, root, segments, shape }: RenderRequest): Promise<RenderAnswer> {
  try {
    return { id, ...(await render(root, segments, shape)) }
  } catch (error) {
    return { id, reason: wordsOf(error) }
  }
}

type Rendered = Omit<Extract<RenderAnswer, { webp: Uint8Array }>, 'id'>

async function render(root: string, segments: string[], shape: ThumbnailShape): Promise<Rendered> {
  const opened = await openBeneath(root, segments)
  if (!opened) throw new Error('the file is gone')
  const { handle, stats, path } = opened
  try {
    const head = Buffer.alloc(sniffLength)
    const { bytesRead } = await handle.read(head, 0, sniffLength, 0)
    const type = sniffMediaType(head.subarray(0, bytesRead))
    if (!type) throw new Error('it is not a picture or video')
    if (type.kind === 'video' || type.type === 'image/bmp') {
      if (!ffmpeg) throw new Error('there is no ffmpeg to read it with')
      if (shape === 'strip') {
        return { webp: await joinFrames(await readStrip(ffmpeg, type.type, path)), facts: null }
      }
      const { png, ...told } = await readFrame(ffmpeg, type.type, path)
      return await renderWithFacts(png, shape, told)
    }
    if (shape === 'strip') throw new Error('it is not a video')
    if (stats.size > maxImageBytes) throw new Error('the file is too large for a picture')
    const image = Buffer.allocUnsafeSlow(Number(stats.size))
    let filled = 0
    while (filled < image.length) {
      const { bytesRead: more } = await handle.read(image, filled, image.length - filled, filled)
      if (more === 0) throw new Error('the file is being changed')
      filled += more
    }
    return await renderWithFacts(image, shape, { duration: null, sound: null })
  } finally {
    await handle.close()
  }
}

async function renderWithFacts(
  image: Uint8Array,
  width: ThumbnailWidth,
  told: Pick<PictureFacts, 'duration' | 'sound'>,
): Promise<Rendered> {
  const webp = await renderImage(image, width)
  // A picture that can be shown is shown, also when its placeholder fails.
  const facts = await readFacts(image, webp).catch(() => null)
  return { webp, facts: facts && { ...facts, ...told } }
}

/** The first line of an error, without paths of this machine. */
function wordsOf(error: unknown): string {
  const line = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
  return (
    line
      .replace(/(file:)?\/[^\s:'"]+/g, '')
      .trim()
      .slice(0, 200) || 'it could not be read'
  )
}
