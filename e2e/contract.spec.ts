/**
 * @file Replays every curl of the admin assets contract, with the real curl, against the running product, and checks
 * each answer to the letter. Outputs come from real jobs.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'playwright/test'
import type { Job } from '#contracts/jobs'
import { apiKey, projectRoot, type Studio, startStudio, until } from './studio.ts'

const run = promisify(execFile)
const photos = join(projectRoot, 'studio-data/defaults/input')
const jobFolder = /^\d{8}_\d{6}_[0-9a-f]{6}$/

let studio: Studio
let finished: Job

test.beforeAll(async () => {
  studio = await startStudio()
  await until(
    () => studio.json<{ engine: { state: string } }>('/api/admin/system'),
    (s) => s.engine.state === 'ready',
  )
  const created = await studio.json<Job>('/api/admin/jobs', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ workflow: 'remove-background', inputs: { image: 'astronaut.png' } }),
  })
  finished = await until(
    () => studio.json<Job>(`/api/admin/jobs/${created.id}`),
    (job) => job.finished_at !== null,
  )
  expect(finished.status).toBe('completed')
})
test.afterAll(() => studio.dispose())

/** Runs curl as the page shows it and gives back status, headers and body. */
async function curl(path: string, ...options: string[]) {
  const { stdout } = await run(
    'curl',
    ['-sS', '-i', '--max-time', '60', studio.url + path, '-H', `X-API-Key: ${apiKey}`, ...options],
    { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 },
  )
  const split = stdout.indexOf('\r\n\r\n')
  const head = stdout.subarray(0, split).toString()
  const body = stdout.subarray(split + 4)
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]),
    header: (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1],
    body,
    json: () => JSON.parse(body.toString()),
  }
}

test('uploading one file answers its unique name', async () => {
  const answer = await curl(
    '/api/admin/assets/upload-inputs',
    '-X',
    'POST',
    '-F',
    `files=@${join(photos, 'chelsea.png')}`,
  )
  expect(answer.status).toBe(200)
  expect(answer.json()).toEqual({
    uploaded: [expect.stringMatching(/^\d{8}_\d{6}_[0-9a-f]{6}_chelsea\.png$/)],
    errors: [],
  })
})

test('uploading several files keeps their order, and a refused one does not stop the others', async () => {
  const text = join(studio.directory, 'notes.txt')
  await writeFile(text, 'not a picture')
  const answer = await curl(
    '/api/admin/assets/upload-inputs',
    '-X',
    'POST',
    '-F',
    `files=@${join(photos, 'coffee.png')}`,
    '-F',
    `files=@${text}`,
    '-F',
    `files=@${join(photos, 'rocket.jpg')}`,
  )
  expect(answer.status).toBe(200)
  const { uploaded, errors } = answer.json()
  expect(uploaded.map((name: string) => name.replace(/^\d{8}_\d{6}_[0-9a-f]{6}_/, ''))).toEqual([
    'coffee.png',
    'rocket.jpg',
  ])
  expect(errors).toEqual([expect.stringMatching(/^notes\.txt: \S/)])
  const stored = await readFile(join(studio.directory, 'assets/input', uploaded[0]))
  expect(stored.equals(await readFile(join(photos, 'coffee.png')))).toBe(true)
})

test('listing the inputs has exactly the documented keys', async () => {
  const answer = await curl('/api/admin/assets/inputs')
  expect(answer.status).toBe(200)
  const listing = answer.json()
  expect(Object.keys(listing).sort()).toEqual(['files', 'studio_jobs', 'total_size'])
  expect(listing.studio_jobs).toEqual([])
  for (const file of listing.files) {
    expect(Object.keys(file).sort()).toEqual(['filename', 'modified', 'path', 'size', 'subfolder', 'type'])
  }
  expect(listing.total_size).toBe(listing.files.reduce((sum: number, file: { size: number }) => sum + file.size, 0))
  const times = listing.files.map((file: { modified: number }) => file.modified)
  expect(times).toEqual([...times].sort((a, b) => b - a))
})

test('listing the outputs groups them per job with the documented keys', async () => {
  const listing = (await curl('/api/admin/assets/outputs')).json()
  expect(Object.keys(listing).sort()).toEqual(['files', 'studio_jobs', 'total_size'])
  const [job] = listing.studio_jobs
  expect(job.folder).toMatch(jobFolder)
  expect(job).toMatchObject({
    folder: finished.id,
    folder_path: finished.id,
    incomplete: false,
    type: 'studio_gallery',
    video_count: 0,
  })
  expect(job.images[0]).toEqual({ filename: 'final_00001.png', subfolder: `${finished.id}/final` })
  expect(job.thumbnail).not.toBeNull()
  expect('video' in job).toBe(false)
  expect(listing.total_size).toBe(
    listing.studio_jobs.reduce((sum: number, j: { total_size: number }) => sum + j.total_size, 0),
  )
})

test('another asset type is refused with the documented text', async () => {
  const answer = await curl('/api/admin/assets/models')
  expect(answer.status).toBe(400)
  expect(answer.json()).toEqual({ detail: "Invalid asset type. Use 'inputs' or 'outputs'." })
})

test('the zip has an announced length, unpacks cleanly and holds every output byte for byte', async () => {
  const target = join(studio.directory, 'outputs.zip')
  const { stdout } = await run('curl', [
    '-sS',
    '-D',
    '-',
    '-o',
    target,
    `${studio.url}/api/admin/outputs-zip`,
    '-H',
    `X-API-Key: ${apiKey}`,
  ])
  expect(stdout).toMatch(/^content-type: application\/zip/im)
  expect(stdout).toMatch(/^content-disposition: attachment; filename="outputs_\d{8}_\d{6}\.zip"/im)
  expect(Number(/^content-length: (\d+)/im.exec(stdout)?.[1])).toBe((await readFile(target)).length)
  expect((await run('unzip', ['-t', target])).stdout).toContain('No errors detected')
  const unpacked = join(studio.directory, 'unpacked')
  await run('unzip', ['-q', target, '-d', unpacked])
  for (const file of finished.outputs) {
    const path = join(file.subfolder, file.filename)
    expect(
      (await readFile(join(unpacked, path))).equals(await readFile(join(studio.directory, 'assets/output', path))),
    ).toBe(true)
  }
})

test('an interrupted zip download resumes to the same bytes', async () => {
  const whole = (await curl('/api/admin/outputs-zip')).body
  const part = join(studio.directory, 'part.zip')
  await writeFile(part, whole.subarray(0, Math.floor(whole.length / 3)))
  await run('curl', ['-sS', '-C', '-', '-o', part, `${studio.url}/api/admin/outputs-zip`, '-H', `X-API-Key: ${apiKey}`])
  expect((await readFile(part)).equals(whole)).toBe(true)
})

test('deleting files answers per entry', async () => {
  const { uploaded } = (
    await curl('/api/admin/assets/upload-inputs', '-X', 'POST', '-F', `files=@${join(photos, 'rocket.jpg')}`)
  ).json()
  const answer = await curl(
    '/api/admin/assets/delete',
    '-X',
    'POST',
    '-H',
    'Content-Type: application/json',
    '-d',
    JSON.stringify({ type: 'inputs', files: [uploaded[0], 'nonexistent_file.png'] }),
  )
  expect(answer.status).toBe(200)
  expect(answer.json()).toEqual({ deleted: [uploaded[0]], errors: ['nonexistent_file.png: not found'] })
  expect(existsSync(join(studio.directory, 'assets/input', uploaded[0]))).toBe(false)
})

test('deleting never leaves its directory and never takes a root', async () => {
  const hostile = [
    '',
    '.',
    './',
    '..',
    '../input',
    '/etc/passwd',
    'a/../../x',
    'a\\b',
    'a//b',
    `${finished.id}/final`,
    'x\u0000y',
  ]
  const answer = await curl(
    '/api/admin/assets/delete',
    '-X',
    'POST',
    '-H',
    'Content-Type: application/json',
    '-d',
    JSON.stringify({ type: 'outputs', files: hostile }),
  )
  expect(answer.status).toBe(200)
  expect(answer.json()).toEqual({
    deleted: [],
    errors: hostile.map(
      (path) => `${path}: ${path === `${finished.id}/final` ? 'directory deletion not allowed' : 'invalid path'}`,
    ),
  })
  expect(existsSync(join(studio.directory, 'assets/output', finished.id, 'final'))).toBe(true)
})

test('deleting a job folder removes it', async () => {
  await mkdir(join(studio.directory, 'assets/output/20260324_143052_a1b2c3/final'), { recursive: true })
  await writeFile(
    join(studio.directory, 'assets/output/20260324_143052_a1b2c3/final/final_00001.png'),
    await readFile(join(photos, 'chelsea.png')),
  )
  const answer = await curl(
    '/api/admin/assets/delete',
    '-X',
    'POST',
    '-H',
    'Content-Type: application/json',
    '-d',
    JSON.stringify({ type: 'outputs', files: ['20260324_143052_a1b2c3'] }),
  )
  expect(answer.json()).toEqual({ deleted: ['20260324_143052_a1b2c3'], errors: [] })
  expect(existsSync(join(studio.directory, 'assets/output/20260324_143052_a1b2c3'))).toBe(false)
})

test('every one of these needs the key', async () => {
  for (const [method, path] of [
    ['POST', '/api/admin/assets/upload-inputs'],
    ['GET', '/api/admin/assets/inputs'],
    ['GET', '/api/admin/outputs-zip'],
    ['POST', '/api/admin/assets/delete'],
    ['GET', '/api/queue'],
    ['GET', '/api/whatever'],
  ]) {
    const response = await fetch(studio.url + path, { method })
    expect(response.status, path).toBe(401)
    expect(await response.json()).toEqual({ detail: 'Not authenticated' })
  }
})

test('uploads and deletions are in the event log, in order', async () => {
  const { events } = (await curl('/api/admin/events?limit=1000&types=assets.uploaded,assets.deleted')).json()
  expect(events.length).toBeGreaterThan(3)
  const ids = events.map((event: { id: number }) => event.id)
  expect(ids).toEqual([...ids].sort((a, b) => a - b))
  expect(events.find((event: { type: string }) => event.type === 'assets.uploaded').data.files).toEqual([
    expect.any(String),
  ])
  expect(events.find((event: { type: string }) => event.type === 'assets.deleted').data).toMatchObject({
    type: 'inputs',
  })
})

test('the README shows a curl for every operation of the API description', async () => {
  const { paths } = await studio.json<{ paths: Record<string, object> }>('/api/admin/openapi.json')
  const readme = await readFile(join(projectRoot, 'README.md'), 'utf8')
  const shown = [...readme.matchAll(/^curl .*/gm)].map(([line]) => line)
  const missing = Object.keys(paths).filter((path) => {
    const address = new RegExp(`\\$URL${path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^\\s"?]+')}["?\\s]`)
    return !shown.some((line) => address.test(`${line} `))
  })
  expect(Object.keys(paths).length).toBeGreaterThan(20)
  expect(missing).toEqual([])
})
