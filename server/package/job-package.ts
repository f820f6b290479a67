/**
 * @file Packs one job to take away: its record, its graph, the inputs it used, its results. Stored, and one file at a time:
 * archiver opens and pre-reads every stream it is given, so the next is appended when the last was written.
 */
import { lstatSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ZipArchive } from 'archiver'
import type { JobRecord } from '#contracts/jobs'
import { parseRelativePath } from '#contracts/relative-path'
import { stringifyExact } from '#platform/exact-json'
import { openBeneath } from '#platform/files/open-beneath'
import { parseRecord } from '#platform/job-record-text'
import { jobRecordName } from '#platform/studio-directory'
import { type FileFact, scanFolder } from '../assets/folder-scan.ts'
import { outputKindOf } from '../assets/studio-folder.ts'
import { inSlices } from '../storage/slices.ts'
import { entryNames } from '../zip/entry-names.ts'
import { inputPathsOf } from './job-inputs.ts'

export interface JobPackageOptions {
  roots: { inputs: string; outputs: string }
  /** The job's folder, judged. */
  job: string
  signal: AbortSignal
}

/** What goes into a package: bytes made here, or a file below a root. */
type PackageEntry =
  | { name: string; date: Date; bytes: string | Buffer }
  | { name: string; date: Date; root: string; path: string }

const readBytes = 1024 * 1024

/** @returns what the package holds, or null when there is no such job */
export async function planJobPackage({
  roots,
  job,
}: Omit<JobPackageOptions, 'signal'>): Promise<PackageEntry[] | null> {
  const folder = await inSlices(scanFolder(roots.outputs, job, Date.now))
  if (!folder) return null
  const entries: PackageEntry[] = []
  const recordFile = folder.files.find((file) => file.path === `${job}/${jobRecordName}`)
  const record = recordFile && (await readRecord(join(roots.outputs, job)))
  if (recordFile && record) {
    const date = dateOf(recordFile)
    entries.push({ name: jobRecordName, date, bytes: record.bytes })
    if (record.parsed) {
      entries.push({ name: 'workflow.json', date, bytes: `${stringifyExact(record.parsed.prompt, 2)}\n` })
      entries.push(...inputEntries(record.parsed, roots.inputs))
    }
  }
  for (const file of folder.files) {
    if (file === recordFile) continue
    entries.push({ name: resultName(file), date: dateOf(file), root: roots.outputs, path: file.path })
  }
  const names = entryNames(entries.map((entry) => entry.name))
  return entries.map((entry, index) => ({ ...entry, name: names[index]! }))
}

/**
 * The package as a stream. It fails when the signal is aborted or a file has gone meanwhile.
 * @param entries - from {@link planJobPackage}
 */
export function packJob(entries: PackageEntry[], signal: AbortSignal): ZipArchive {
  const archive = new ZipArchive({ store: true, highWaterMark: readBytes })
  signal.addEventListener('abort', () => archive.destroy(signal.reason), { once: true })
  appendAll(archive, entries, signal).catch((error) => archive.destroy(error))
  return archive
}

async function appendAll(archive: ZipArchive, entries: PackageEntry[], signal: AbortSignal): Promise<void> {
  for (const entry of entries) {
    signal.throwIfAborted()
    const { name, date } = entry
    if ('bytes' in entry) {
      await appended(archive, () => archive.append(Buffer.from(entry.bytes), { name, date }))
      continue
    }
    const opened = await openBeneath(entry.root, entry.path.split('/'))
    if (!opened) throw new Error(`gone while it was packed: ${entry.path}`)
    const source = opened.handle.createReadStream({ highWaterMark: readBytes })
    const aborted = () => source.destroy()
    signal.addEventListener('abort', aborted, { once: true })
    try {
      await appended(archive, () => {
        source.on('error', (error) => archive.destroy(error))
        archive.append(source, { name, date })
      })
    } finally {
      signal.removeEventListener('abort', aborted)
    }
  }
  await archive.finalize()
}

/** Runs an append and waits until its entry is written. */
function appended(archive: ZipArchive, append: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error) => {
      archive.off('entry', written)
      archive.off('close', closed)
      archive.off('error', done)
      if (error) reject(error)
      else resolve()
    }
    const written = () => done()
    const closed = () => done(new Error('the package was closed'))
    archive.on('entry', written)
    archive.on('close', closed)
    archive.on('error', done)
    append()
  })
}

async function readRecord(folder: string): Promise<{ bytes: Buffer; parsed: JobRecord | null } | null> {
  const bytes = await readFile(join(folder, jobRecordName)).catch(() => null)
  if (!bytes) return null
  return { bytes, parsed: parseRecord(bytes.toString()) }
}

function inputEntries(record: JobRecord, root: string): PackageEntry[] {
  return inputPathsOf(record).flatMap((path) => {
    const segments = parseRelativePath(path)
    const stats = segments && lstatSync(join(root, ...segments), { throwIfNoEntry: false })
    return stats?.isFile() ? [{ name: `inputs/${path}`, date: stats.mtime, root, path: segments!.join('/') }] : []
  })
}

/** `<job>/final/x.png` → `results/final/x.png`; what lies beside the folders goes to the kind it counts as. */
function resultName(file: FileFact): string {
  const inside = file.path.slice(file.path.indexOf('/') + 1)
  if (/^(final|preview|intermediate)\//.test(inside)) return `results/${inside}`
  return `results/${outputKindOf(file.path)}/${inside}`
}

function dateOf(file: FileFact): Date {
  return new Date(file.mtimeMs)
}
