/**
 * @file Jobs that weigh what films weigh, beside the seeded ones: three of today whose finals go home as one zip, and an old
 * one with gigabytes of intermediates. The files are sparse: they have their size and hardly take any place.
 */
import { mkdir, open, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export const gigabyte = 1_000_000_000
const day = 86_400

export interface HeavyJobs {
  /** ids of the jobs whose finals go home, newest first */
  films: string[]
  /** bytes of the finals of one of them, in four files: the zip is three times that */
  filmBytes: number
  /** id of the old job */
  old: string
  /** bytes of its intermediates */
  oldBytes: number
}

/** @param filmBytes - of the finals of each of the three @param now - Unix seconds, of the newest job's end */
export async function makeHeavyJobs(directory: string, filmBytes: number, now: number): Promise<HeavyJobs> {
  const films: string[] = []
  for (let n = 0; n < 3; n++) {
    const plan = { name: `Film ${n + 1}`, ended: now - n, finals: 4, size: filmBytes / 4 }
    films.push(await makeJob(directory, plan))
  }
  const ended = now - 20 * day
  const old = await makeJob(directory, {
    name: 'Frames of a film',
    ended,
    finals: 1,
    intermediates: 12,
    size: gigabyte,
  })
  return { films, filmBytes, old, oldBytes: 12 * gigabyte }
}

interface Plan {
  name: string
  ended: number
  finals: number
  intermediates?: number
  /** bytes of each intermediate; of each final when there are none */
  size: number
}

async function makeJob(directory: string, { name, ended, finals, intermediates = 0, size }: Plan): Promise<string> {
  const time = new Date(ended * 1000).toISOString()
  const id = `${time.slice(0, 10).replaceAll('-', '')}_${time.slice(11, 19).replaceAll(':', '')}_fffff0`
  const folder = join(directory, 'assets', 'output', id)
  const outputs: object[] = []
  const add = async (kind: string, number: number, bytes: number) => {
    const filename = `${kind}_${String(number).padStart(5, '0')}.mp4`
    await mkdir(join(folder, kind), { recursive: true })
    const path = join(folder, kind, filename)
    await writeSparse(path, bytes)
    await utimes(path, ended, ended)
    outputs.push({
      ...{ filename, subfolder: `${id}/${kind}`, kind, media: 'video', node_id: '9', size: bytes, crc32: 0 },
      // The checksum is not known: the studio computes it while it sends.
      ...{ modified_ns: '0', width: 640, height: 360, duration: 10 },
    })
  }
  for (let n = 1; n <= finals; n++) await add('final', n, intermediates > 0 ? 1_000_000 : size)
  for (let n = 1; n <= intermediates; n++) await add('intermediate', n, size)
  const record = {
    ...{ version: 1, id, prompt_id: id, status: 'completed', number: 0, client_id: null, retry_of: null, error: null },
    ...{ workflow: { id: 'films', name }, inputs: {}, seeds: {}, outputs, outputs_to_execute: ['9'] },
    ...{ created_at: ended - 60, started_at: ended - 50, finished_at: ended },
    ...{ prompt: {}, extra_data: {}, history: null },
  }
  await writeFile(join(folder, 'job.json'), JSON.stringify(record))
  return id
}

/** Begins as a film does; the rest is a hole that reads as zeros. */
async function writeSparse(path: string, bytes: number) {
  const handle = await open(path, 'w')
  await handle.write('\0\0\0\x20ftypisom', 0, 'latin1')
  await handle.truncate(bytes)
  await handle.close()
}
