/**
 * @file What is promised when a process dies: kill -9 of the runner, the engine and the web process in the middle of a
 * job. Nothing accepted vanishes, nothing listed is half-written, the next job runs.
 */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page, test } from 'playwright/test'
import type { Job } from '#contracts/jobs'
import { signIn } from './sign-in.ts'
import { findChild, type Studio, startStudio, until } from './studio.ts'

let studio: Studio

test.beforeEach(async () => {
  studio = await startStudio()
  await engineReady()
})
test.afterEach(() => studio.dispose())

const engineReady = () =>
  until(
    () => studio.json<{ engine: { state: string } }>('/api/admin/system'),
    (system) => system.engine.state === 'ready',
  )
const job = (id: string) => studio.json<Job>(`/api/admin/jobs/${id}`)
const ended = (id: string) =>
  until(
    () => job(id),
    (j) => j.finished_at !== null,
  )
const marker = (id: string) => existsSync(join(studio.directory, 'assets/output', id, '.incomplete'))
/** The record is written first, then the marker goes. */
const unmarked = (id: string) =>
  until(
    async () => marker(id),
    (there) => !there,
    30_000,
  )

function start(workflow: string, inputs: Record<string, unknown>): Promise<Job> {
  return studio.json<Job>('/api/admin/jobs', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ workflow, inputs }),
  })
}

/** A long job that is really computing, and a short one that waits behind it. */
async function longAndWaiting() {
  const long = await start('upscale-4x', { image: 'astronaut.png' })
  const waiting = await start('remove-background', { image: 'astronaut.png' })
  await until(
    () => job(long.id),
    (j) => j.status === 'running' && (j.progress?.value ?? 0) > 0,
  )
  expect(marker(long.id)).toBe(true)
  return { long, waiting }
}

const enginePid = () => findChild(studio.process.pid!, 'engine/main')
const runnerPid = async () => findChild(await enginePid(), 'runner/main')

test('a runner killed during a job fails that job with a reason, and the next one runs', async () => {
  const { long, waiting } = await longAndWaiting()
  process.kill(await runnerPid(), 'SIGKILL')
  const failed = await ended(long.id)
  expect(failed.status).toBe('failed')
  expect(failed.error?.message).toMatch(/\S/)
  await unmarked(long.id)
  expect((await ended(waiting.id)).status).toBe('completed')
})

test('an engine killed during a job leaves it interrupted and keeps what was queued', async () => {
  const { long, waiting } = await longAndWaiting()
  process.kill(await enginePid(), 'SIGKILL')
  expect((await ended(long.id)).status).toBe('interrupted')
  await unmarked(long.id)
  expect((await ended(waiting.id)).status).toBe('completed')
})

test('a web process killed during a job loses nothing: a new one shows the same jobs', async () => {
  const { long, waiting } = await longAndWaiting()
  const engine = await enginePid()
  await studio.stop('SIGKILL')
  // Its engine must not stay behind holding the card: it ends with its parent.
  await until(
    async () => existsSync(`/proc/${engine}`),
    (alive) => !alive,
    30_000,
  )
  studio = await startStudio({ directory: studio.directory })
  await engineReady()
  expect((await ended(long.id)).status).toBe('interrupted')
  expect((await ended(waiting.id)).status).toBe('completed')
  await unmarked(long.id)
})

test('pages that stayed open hear of a studio that comes back, even one that lost its log of events, with and without a stream', async ({
  page,
}) => {
  await signIn(page, studio.url)
  const polling = await page.context().newPage()
  await polling.route('**/api/admin/events*', (route) =>
    route.request().resourceType() === 'eventsource' ? route.abort() : route.fallback(),
  )
  await polling.goto(`${studio.url}/jobs`)
  const tileOf = (on: Page, job: Job) => on.locator(`[data-tile^="outputs:${job.id}/"]`).first()
  const first = await start('remove-background', { image: 'astronaut.png' })
  for (const each of [page, polling]) await expect(tileOf(each, first)).toBeVisible({ timeout: 30_000 })
  await studio.stop()
  await rm(join(studio.directory, 'database/events'), { recursive: true })
  studio = await startStudio({
    directory: studio.directory,
    environment: { STUDIO_PORT: new URL(studio.url).port },
  })
  await engineReady()
  for (const each of [page, polling])
    await expect(each.getByRole('alert').filter({ hasText: 'Reconnecting' })).toHaveCount(0, { timeout: 30_000 })
  const second = await start('remove-background', { image: 'chelsea.png' })
  for (const each of [page, polling]) await expect(tileOf(each, second)).toBeVisible({ timeout: 30_000 })
})

test('an interrupted job is run again with the same graph and seeds', async () => {
  const { long, waiting } = await longAndWaiting()
  process.kill(await enginePid(), 'SIGKILL')
  await ended(long.id)
  await ended(waiting.id)
  const again = await studio.json<Job>(`/api/admin/jobs/${waiting.id}/retry`, { method: 'POST' })
  expect(again).toMatchObject({ retry_of: waiting.id, inputs: waiting.inputs, seeds: waiting.seeds })
  expect((await ended(again.id)).status).toBe('completed')
})

test('SIGTERM ends the studio in time, with the running job marked and the queued one kept', async () => {
  const { long, waiting } = await longAndWaiting()
  await studio.stop('SIGTERM')
  expect(studio.process.exitCode).toBe(0)
  studio = await startStudio({ directory: studio.directory })
  await engineReady()
  expect((await ended(long.id)).status).toBe('interrupted')
  expect((await ended(waiting.id)).status).toBe('completed')
})
