/**
 * @file The output writer that nodes get: picks the place and the name, lets the node write a hidden temporary file,
 * makes it durable and visible in one step, and reports it with size, checksum and media facts. A final video of a
 * studio run also gets a poster among the previews.
 */
import { stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ResultFile } from '#contracts/comfy/messages'
import type { JobFile, OutputKind } from '#contracts/jobs'
import { mediaKindOfName } from '#contracts/media'
import { findFfmpeg } from '#platform/ffmpeg'
import { isOutOfSpace, temporaryPathBeside } from '#platform/files/durable-write'
import { NodeError } from '../nodes/define.ts'
import { makePoster } from '../video/poster.ts'
import { readFileFacts } from './file-facts.ts'
import { comfyPlace, type OutputPlace, studioPlace } from './output-names.ts'
import type { OutputRequest, OutputWriter } from './output-writer.ts'
import { makeFolder, publishNumbered } from './publish-numbered.ts'

export interface OutputWriterOptions {
  /** Absolute output root; the job's folder lies in it. */
  outputDirectory: string
  /** The job's folder name. */
  job: string
  naming: 'studio' | 'comfy'
  /** Node id → kind, from the workflow's manifest. */
  outputKinds: Record<string, OutputKind>
  nodeId: string
  /** Without an entry in `outputKinds`, files of a node that is no output node are intermediate. */
  isOutputNode: boolean
  /** Called for each file once it is visible and durable. */
  onFile: (file: JobFile) => void
  signal?: AbortSignal
  now?: () => Date
  /** 0 to 1, for the random part of preview names. */
  random?: () => number
  /** Absolute path of ffmpeg for posters, or null for none. */
  ffmpeg?: string | null
  /** Told when a poster could not be made; the job goes on without. */
  onWarning?: (message: string) => void
}

/** One writer per executed node. */
export function createOutputWriter(options: OutputWriterOptions): OutputWriter {
  const { outputDirectory, job, naming, nodeId, onFile } = options
  const now = options.now ?? (() => new Date())
  const ffmpeg = options.ffmpeg === undefined ? findFfmpeg() : options.ffmpeg
  /** The number given last, by folder and series: it rises within a batch even where names differ. */
  const lastCounters = new Map<string, number>()
  const tempSuffix = `_temp_${randomLetters(5, options.random ?? Math.random)}`

  return { write }

  async function write(request: OutputRequest): Promise<ResultFile> {
    const place =
      naming === 'studio'
        ? studioPlace(job, kindOf(options, request), request)
        : comfyPlace(job, request, tempSuffix, now())
    const file = await publish(place, request)
    if (naming === 'studio' && file.kind === 'final' && file.media === 'video') await addPoster(file)
    return { filename: file.filename, subfolder: file.subfolder, type: place.type }
  }

  async function publish(place: OutputPlace, request: OutputRequest): Promise<JobFile> {
    const folder = join(outputDirectory, ...place.folder)
    const temporary = temporaryPathBeside(join(folder, 'file'))
    try {
      await makeFolder(folder)
      await request.write(temporary)
      const facts = await readFileFacts(temporary)
      const series = [...place.folder, place.series].join('/')
      const { filename, counter } = await publishNumbered(temporary, folder, place, lastCounters.get(series) ?? 0)
      lastCounters.set(series, counter)
      const { mtimeNs } = await stat(join(folder, filename), { bigint: true })
      const file: JobFile = {
        filename,
        subfolder: place.folder.join('/'),
        kind: place.kind,
        media: mediaKindOfName(filename),
        node_id: nodeId,
        ...facts,
        modified_ns: mtimeNs.toString(),
        width: request.width,
        height: request.height,
        duration: request.duration ?? null,
      }
      onFile(file)
      return file
    } catch (error) {
      await unlink(temporary).catch(() => undefined)
      throw isOutOfSpace(error) ? diskFull(place, request) : error
    }
  }

  async function addPoster(video: JobFile): Promise<void> {
    const poster = await tryPoster(video)
    if (!poster) return
    const request: OutputRequest = {
      prefix: '',
      extension: 'png',
      destination: 'temp',
      batchIndex: 0,
      width: poster.width,
      height: poster.height,
      write: (path) => writeFile(path, poster.png, { flag: 'wx' }),
    }
    await publish(studioPlace(job, 'preview', request), request)
  }

  async function tryPoster(video: JobFile) {
    const type = { mp4: 'video/mp4', webm: 'video/webm' }[video.filename.split('.').at(-1)!]
    if (!ffmpeg || !type) return null
    try {
      return await makePoster({
        ffmpeg,
        type,
        video: join(outputDirectory, video.subfolder, video.filename),
        duration: video.duration ?? 0,
        signal: options.signal ?? new AbortController().signal,
      })
    } catch (error) {
      // The video is safe; a still is not worth failing the job for.
      if (options.signal?.aborted) throw error
      options.onWarning?.(`no poster for ${video.filename}: ${error instanceof Error ? error.message : String(error)}`)
      return null
    }
  }
}

function kindOf(
  { outputKinds, nodeId, isOutputNode }: OutputWriterOptions,
  { destination }: OutputRequest,
): OutputKind {
  const declared = Object.hasOwn(outputKinds, nodeId) ? outputKinds[nodeId] : undefined
  if (declared) return declared
  if (destination === 'temp') return 'preview'
  return isOutputNode ? 'final' : 'intermediate'
}

function diskFull({ folder, kind }: OutputPlace, { extension }: OutputRequest): NodeError {
  return new NodeError(
    `The disk is full: there is no room for a ${kind} ${extension} file in ${folder.join('/')}. Delete something and run again.`,
    'OSError',
  )
}

function randomLetters(count: number, random: () => number): string {
  return Array.from({ length: count }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join('')
}
