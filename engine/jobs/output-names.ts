/**
 * @file Where a node's file goes and what it is called. Pure: knows folders by name, touches no disk.
 * Studio runs count per kind (`final_00001.png`); prompts of other clients keep ComfyUI's names
 * (`<prefix>_00001_.png`) inside the job's folder.
 */
import type { ResultFile } from '#contracts/comfy/messages'
import type { OutputKind } from '#contracts/jobs'
import { parseRelativePath } from '#contracts/relative-path'
import { NodeError } from '../nodes/define.ts'
import type { OutputRequest } from './output-writer.ts'

/** A place for one file: the folder, and its name for any counter value. */
export interface OutputPlace {
  /** Segments below the output root, the job first. */
  folder: readonly string[]
  /** `/view`'s type. */
  type: ResultFile['type']
  kind: OutputKind
  /** Files of one series and folder share a counter. */
  series: string
  nameFor: (counter: number) => string
  /** The counter of a name already in the folder, or 0 when it belongs to another series. */
  counterOf: (name: string) => number
}

/** `final_00001.png`: one series per kind, whatever the extension. */
export function studioPlace(job: string, kind: OutputKind, request: OutputRequest): OutputPlace {
  const pattern = new RegExp(`^${kind}_(\\d+)\\.`)
  return {
    folder: [job, kind],
    // A previewed file that the workflow declares final is as good as a saved one.
    type: request.destination === 'temp' && kind === 'preview' ? 'temp' : 'output',
    kind,
    series: kind,
    nameFor: (counter) => `${kind}_${padded(counter)}.${request.extension}`,
    counterOf: (name) => Number(pattern.exec(name)?.[1] ?? 0),
  }
}

/**
 * `<prefix>_00001_.png` below the job's `final/`; previews below `preview/`, with a random part in the name.
 * @param tempSuffix - `_temp_` and five letters, for previews
 * @throws NodeError when the prefix leads out of the folder or is no valid path
 */
export function comfyPlace(job: string, request: OutputRequest, tempSuffix: string, now: Date): OutputPlace {
  const isTemp = request.destination === 'temp'
  const kind = isTemp ? 'preview' : 'final'
  const prefix = replaceTokens(request.prefix, request, now) + (isTemp ? tempSuffix : '')
  const segments = parsePrefix(prefix)
  // The counter goes by the prefix as it stands, before the batch number is put in.
  const stem = `${segments.at(-1)!}_`
  const written = stem.replaceAll('%batch_num%', String(request.batchIndex))
  return {
    folder: [job, kind, ...segments.slice(0, -1)],
    type: isTemp ? 'temp' : 'output',
    kind,
    series: stem,
    nameFor: (counter) => `${written}${padded(counter)}_.${request.extension}`,
    counterOf: (name) => (name.startsWith(stem) ? leadingNumber(name.slice(stem.length)) : 0),
  }
}

function padded(counter: number): string {
  return String(counter).padStart(5, '0')
}

/** `00012_.png` and `12` are 12; anything that is not digits up to `_` or `.` is 0. */
function leadingNumber(rest: string): number {
  return Number(/^(\d+)(?=[_.]|$)/.exec(rest)?.[1] ?? 0)
}

function replaceTokens(prefix: string, { width, height }: OutputRequest, now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const tokens: Record<string, string> = {
    width: String(width),
    height: String(height),
    year: String(now.getFullYear()),
    month: two(now.getMonth() + 1),
    day: two(now.getDate()),
    hour: two(now.getHours()),
    minute: two(now.getMinutes()),
    second: two(now.getSeconds()),
  }
  // Unknown tokens stay as they are: most of them were meant for the client.
  return prefix.replace(/%(width|height|year|month|day|hour|minute|second)%/g, (_, token: string) => tokens[token]!)
}

function parsePrefix(prefix: string): string[] {
  const segments: string[] = []
  for (const segment of prefix.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') segments.push(segment)
    else if (segments.pop() === undefined) throw leadsOut(prefix)
  }
  if (prefix.startsWith('/')) throw leadsOut(prefix)
  if (segments.length === 0) segments.push('ComfyUI')
  // A leading dot would hide the file from every listing.
  const visible = segments.map((segment) => segment.replace(/^\.+/, (dots) => '_'.repeat(dots.length)))
  // 40 bytes are left for the counter, the extension and a batch number.
  const checked = parseRelativePath(visible.join('/'))
  if (!checked || Buffer.byteLength(visible.at(-1)!) > 215 || visible.length > 12) {
    throw new NodeError(`filename_prefix is not a valid file name: ${prefix}`)
  }
  return checked
}

function leadsOut(prefix: string): NodeError {
  return new NodeError(`Saving outside the output folder is not allowed: ${prefix}`, 'Exception')
}
