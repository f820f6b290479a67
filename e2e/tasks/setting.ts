/**
 * @file Where the twelve tasks take place: one studio with a real engine on the seeded gallery (600 jobs, 10,000 files), a
 * disk that is 86 % full, and a person who is signed in. One per run of the tasks; each task stands alone in it.
 */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, test as base, expect, type Page } from 'playwright/test'
import type { Job, JobList, Queue } from '#contracts/jobs'
import type { System } from '#contracts/system'
import { makeFixture } from '../../scripts/fixture.mjs'
import { type SignedIn, signInOnce } from '../sign-in.ts'
import { type Studio, startStudio, until } from '../studio.ts'
import { Hand } from './hand.ts'
import { gigabyte, type HeavyJobs, makeHeavyJobs } from './heavy-jobs.ts'
import { enlargeAs, soften } from './workflows.ts'

/** `STUDIO_E2E_SIZE=full`: an upload of 2 GB and a zip of 12 GB, as people have; otherwise smaller ones. */
export const isFull = process.env.STUDIO_E2E_SIZE === 'full'
export const desktop = { width: 1440, height: 900 }
export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }

/** The studio of the tasks, and what is asked of it beside the page. */
export interface TaskStudio extends Studio {
  heavy: HeavyJobs
  post<T>(path: string, body?: object): Promise<T>
  run(workflow: string, inputs: object): Promise<Job>
  job(id: string): Promise<Job>
  /** Runs, and waits for the end. */
  runToEnd(workflow: string, inputs: object): Promise<Job>
  newestJob(): Promise<Job>
  /** Ids of what waits, in running order. */
  waiting(): Promise<string[]>
  /** Nothing runs or waits, and the engine remembers no result. */
  clear(): Promise<void>
}

interface PerTest {
  /** a browser window on a desk, signed in */
  context: BrowserContext
  page: Page
  hand: Hand
}

interface PerRun {
  studio: TaskStudio
  signedIn: SignedIn
  /** three results of one workflow that differ in one setting, oldest first: the newest of the gallery when first asked for */
  softened: Job[]
}

export const test = base.extend<PerTest, PerRun>({
  studio: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameters' names
    async ({}, use) => {
      const studio = await startTaskStudio()
      await use(studio)
      await studio.dispose()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  signedIn: [async ({ studio, browser }, use) => use(await signInOnce(browser, studio.url)), { scope: 'worker' }],
  softened: [
    async ({ studio }, use) => {
      await studio.clear()
      const jobs: Job[] = []
      for (const radius of [3, 9, 15]) {
        jobs.push(await studio.runToEnd('soften', { image: 'chelsea.png', radius, sigma: 4 }))
      }
      await use(jobs)
    },
    { scope: 'worker' },
  ],
  context: async ({ browser, signedIn }, use) => {
    const context = await browser.newContext({ viewport: desktop, storageState: signedIn, reducedMotion: 'reduce' })
    await use(context)
    await context.close()
  },
  page: async ({ context }, use) => {
    const page = await context.newPage()
    const troubles: string[] = []
    page.on('pageerror', (error) => troubles.push(error.message))
    await use(page)
    expect(troubles).toEqual([])
  },
  hand: async ({ page }, use) => use(new Hand(page)),
})

async function startTaskStudio(): Promise<TaskStudio> {
  const directory = await mkdtemp(join(tmpdir(), 'studio-tasks-'))
  // Not the fixed clock: the engine's own jobs end now, and are the newest.
  const now = Math.floor(Date.now() / 1000) - 10
  await makeFixture({ directory, now })
  const heavy = await makeHeavyJobs(directory, isFull ? 4 * gigabyte : 0.2 * gigabyte, now)
  await mkdir(join(directory, 'workflows'))
  for (const [name, workflow] of Object.entries({ soften, 'enlarge-and-name': enlargeAs })) {
    await writeFile(join(directory, 'workflows', `${name}.json`), JSON.stringify(workflow))
  }
  // The seeded gallery is half a gigabyte; with the heavy jobs this is 86 % of the disk.
  const used = 0.53 * gigabyte + 3 * heavy.filmBytes + heavy.oldBytes
  const quota = Math.round(used / 0.86)
  const studio = await startStudio({ directory, environment: { STUDIO_QUOTA_BYTES: String(quota) } })
  await until(
    () => studio.json<System>('/api/admin/system'),
    ({ engine, disk }) => engine.state === 'ready' && disk.level === 'warn',
  )

  const post = <T>(path: string, body: object = {}) =>
    studio.json<T>(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    })
  const job = (id: string) => studio.json<Job>(`/api/admin/jobs/${id}`)
  const run = (workflow: string, inputs: object) => post<Job>('/api/admin/jobs', { workflow, inputs })
  const live = async () => (await studio.json<JobList>('/api/admin/jobs?status=running,queued')).jobs
  return Object.assign(studio, {
    ...{ heavy, post, run, job },
    async runToEnd(workflow: string, inputs: object) {
      const { id } = await run(workflow, inputs)
      return until(
        () => job(id),
        ({ finished_at }) => finished_at !== null,
      )
    },
    async newestJob() {
      const { jobs } = await studio.json<JobList>('/api/admin/jobs?limit=50')
      return jobs.toSorted((a, b) => b.created_at - a.created_at)[0]!
    },
    async waiting() {
      const { jobs } = await studio.json<Queue>('/api/admin/queue')
      return jobs.filter(({ status }) => status === 'queued').map(({ id }) => id)
    },
    async clear() {
      await post('/api/admin/jobs/cancel', { all: true })
      await until(live, (jobs) => jobs.length === 0)
      await studio.request('/api/free', { method: 'POST', body: '{"unload_models":true,"free_memory":true}' })
    },
  })
}

/** The finals of jobs, as paths below the output folder. */
export const finalsOf = (job: Job) =>
  job.outputs.filter(({ kind }) => kind === 'final').map(({ subfolder, filename }) => `${subfolder}/${filename}`)

export const tileOf = (page: Page, path: string) => page.locator(`[data-tile="outputs:${path}"]`)

/** Opens the gallery and waits until tiles are there. */
export async function openGallery(page: Page, studio: Studio, path = '/jobs') {
  await page.goto(studio.url + path)
  await expect(page.locator('[data-tile]').first()).toBeVisible()
}
