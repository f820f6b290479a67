/**
 * @file How a node writes a file of the job: the interface nodes see. Naming (studio or ComfyUI), kinds, durability
 * and the record of size, crc32 and media facts are behind it.
 */
import type { ResultFile } from '#contracts/comfy/messages'

export interface OutputRequest {
  /** ComfyUI's `filename_prefix`, may contain `/` and `%tokens%`. Ignored for studio names. */
  prefix: string
  /** Without dot: `png`, `mp4`. */
  extension: string
  /** `output` for save nodes, `temp` for previews (the file still lies in the job's `preview/`). */
  destination: 'output' | 'temp'
  /** Position in the batch, for `%batch_num%`. */
  batchIndex: number
  width: number
  height: number
  /** Seconds, videos. */
  duration?: number
  /** Writes the whole file to `path` (a hidden temporary name beside the target). */
  write: (path: string) => Promise<void>
}

export interface OutputWriter {
  /**
   * Writes one file durably: hidden temporary name, fsync, rename, fsync of the directory; then records size and crc32.
   * @returns the wire triple under which `/view` finds it
   * @throws NodeError when the prefix leads out of the job's folder; `insufficient_storage` errors name the disk
   */
  write(request: OutputRequest): Promise<ResultFile>
}
