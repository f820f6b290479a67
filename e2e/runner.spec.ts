/**
 * @file Running workflows beyond the tasks (e2e/tasks/t03 and t04): several runs at once, any ComfyUI workflow dropped on the
 * page, and what is wrong said in words.
 */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, expect, type Page, test } from 'playwright/test'
import type { Job, JobList } from '#contracts/jobs'
import { type SignedIn, signInOnce } from './sign-in.ts'
import { findChild, projectRoot, type Studio, startStudio, until } from './studio.ts'

let studio: Studio
let signedIn: SignedIn

test.beforeAll(async ({ browser }) => {
  studio = await startStudio()
  await until(
    () => studio.json<{ engine: { state: string } }>('/api/admin/system'),
    (system) => system.engine.state === 'ready',
  )
  signedIn = await signInOnce(browser, studio.url)
})
test.afterAll(() => studio.dispose())

const post = <T>(path: string, body: object = {}) =>
  studio.json<T>(path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } })
const liveJobs = async () => (await studio.json<JobList>('/api/admin/jobs?status=running,queued')).jobs
const newestJob = async () => {
  const { jobs } = await studio.json<JobList>('/api/admin/jobs')
  return jobs.toSorted((x, y) => y.created_at - x.created_at)[0]!
}
const settled = () => until(liveJobs, (jobs) => jobs.length === 0)
async function clear() {
  await post('/api/admin/jobs/cancel', { all: true })
  await settled()
  await studio.request('/api/free', { method: 'POST', body: '{"unload_models":true,"free_memory":true}' })
}

async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(studio.url + path)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  // The server may have drawn that; how the engine is, only a page that listens says.
  await expect(page.getByTitle(/^Engine /).first()).toBeAttached()
  return page
}

test('the preview comes as often as the settings say', async ({ browser }) => {
  await clear()
  const context = await browser.newContext({ storageState: signedIn, viewport: { width: 1440, height: 900 } })
  const page = await open(context, '/settings')
  await page.getByLabel('Preview rate').selectOption({ label: 'One every 15 s' })
  await page.reload()
  await expect(page.getByLabel('Preview rate')).toHaveValue('15000')
  let frames = 0
  page.on('request', (request) => {
    if (/\/jobs\/[^/]+\/preview/.test(request.url())) frames++
  })
  await page.goto(`${studio.url}/run/upscale-4x`)
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(page.getByRole('img', { name: 'Live preview' })).toBeVisible()
  const began = Date.now()
  const progress = page.getByRole('progressbar', { name: 'Progress of the run' })
  await until(
    async () => Number(await progress.getAttribute('aria-valuenow')),
    (percent) => percent >= 25,
  )
  expect(frames).toBeLessThanOrEqual(1 + Math.ceil((Date.now() - began) / 15_000))
  await clear()
  await context.close()
})

test('Shift + X stops what runs, on any page', async ({ browser }) => {
  await clear()
  const context = await browser.newContext({ storageState: signedIn, viewport: { width: 1440, height: 900 } })
  const page = await open(context, '/settings')
  const { id } = await post<Job>('/api/admin/jobs', { workflow: 'upscale-4x', inputs: { image: 'coffee.png' } })
  const statusOf = async () => (await studio.json<Job>(`/api/admin/jobs/${id}`)).status
  await until(statusOf, (status) => status === 'running')
  await expect(page).toHaveTitle(/^\d+ % · /)
  await page.keyboard.press('Shift+X')
  await expect.poll(statusOf).toBe('cancelled')
  await context.close()
})

test('a run that fails while nobody looks marks the tab until somebody does', async ({ browser }) => {
  await clear()
  await writeFile(join(studio.directory, 'assets/input/damaged.png'), 'no picture at all')
  const context = await browser.newContext({ storageState: signedIn })
  const page = await open(context, '/settings')
  const look = (hidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => value })
      document.dispatchEvent(new Event('visibilitychange'))
    }, hidden)
  const icon = page.locator('link#progress-icon')
  await look(true)
  for (const [image, sign] of [
    ['astronaut.png', '✓'],
    ['damaged.png', '!'],
  ]) {
    await post<Job>('/api/admin/jobs', { workflow: 'remove-background', inputs: { image } })
    await expect(page).toHaveTitle(`${sign} Settings · Pod Studio`)
    await expect(icon).toHaveCount(1)
  }
  await look(false)
  await expect(page).toHaveTitle('Settings · Pod Studio')
  await expect(icon).toHaveCount(0)
  await context.close()
})

test('notifications are turned on in the settings, and say how a run ended while the page is not seen', async ({
  browser,
}) => {
  await clear()
  const context = await browser.newContext({ storageState: signedIn, permissions: ['notifications'] })
  const page = await open(context, '/settings')
  // Not `check`, which looks at once: the browser answers first whether it may.
  await page.getByRole('switch', { name: 'Notifications' }).click()
  await expect(page.getByRole('switch', { name: 'Notifications' })).toBeChecked()
  await page.reload()
  await expect(page.getByRole('switch', { name: 'Notifications' })).toBeChecked()
  await page.evaluate(() => {
    const said: string[] = []
    const Recorded = Object.assign(
      class {
        constructor(text: string) {
          said.push(text)
        }
      },
      { permission: 'granted' },
    )
    Object.assign(globalThis, { said, Notification: Recorded })
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })
  })
  await post<Job>('/api/admin/jobs', { workflow: 'remove-background', inputs: { image: 'coffee.png' } })
  await expect
    .poll(() => page.evaluate(() => (globalThis as unknown as { said: string[] }).said))
    .toEqual(['Remove the background is done'])
  await context.close()
})

test('a tone when a run ends is off at first, is heard when it is turned on, and sounds when a run ends', async ({
  browser,
}) => {
  await clear()
  const context = await browser.newContext({ storageState: signedIn })
  await context.addInitScript(() => {
    const notes: number[] = []
    const { start } = OscillatorNode.prototype
    OscillatorNode.prototype.start = function (when) {
      notes.push(this.frequency.value)
      start.call(this, when)
    }
    Object.assign(globalThis, { notes })
  })
  const page = await open(context, '/settings')
  const notes = () => page.evaluate(() => (globalThis as unknown as { notes: number[] }).notes)
  const sound = page.getByRole('switch', { name: 'Sound' })
  const run = () => post<Job>('/api/admin/jobs', { workflow: 'remove-background', inputs: { image: 'coffee.png' } })
  const end = ({ id }: Job) =>
    until(
      () => studio.json<Job>(`/api/admin/jobs/${id}`),
      ({ finished_at }) => finished_at !== null,
    )
  await expect(sound).not.toBeChecked()
  await end(await run())
  await expect(page.getByText('Remove the background is done').first()).toBeVisible()
  expect(await notes()).toEqual([])
  await sound.check()
  await expect.poll(notes).toEqual([660, 880])
  await end(await run())
  await expect.poll(notes).toEqual([660, 880, 660, 880])
  await context.close()
})

test('several pictures and a number start a run each, said before; the first of them runs first', async ({
  browser,
}) => {
  await clear()
  const context = await browser.newContext({ storageState: signedIn, viewport: { width: 1440, height: 900 } })
  const page = await open(context, '/run/upscale-2x')
  await page.getByRole('button', { name: 'Choose', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Several' }).click()
  await dialog.getByRole('button', { name: 'Picture, chelsea.png' }).click()
  await dialog.getByRole('button', { name: 'Picture, coffee.png' }).click()
  await dialog.getByRole('button', { name: /^Use [23] pictures$/ }).click()
  await page.getByRole('button', { name: 'One run more' }).click()
  const button = page.getByRole('button', { name: /^Run [46]$/ })
  await expect(button).toBeVisible()
  const runs = Number((await button.textContent())!.replace(/\D/g, ''))
  const before = (await studio.json<JobList>('/api/admin/jobs')).total
  await button.click()
  await until(
    () => studio.json<JobList>('/api/admin/jobs'),
    ({ total }) => total === before + runs,
  )
  await clear()
  await context.close()
})

test('files chosen to be worked on are named, offered to workflows that take them, and get a run each', async ({
  browser,
}) => {
  await clear()
  const context = await browser.newContext({ storageState: signedIn, viewport: { width: 1440, height: 900 } })
  const page = await open(context, '/run?image=coffee.png')
  await expect(page.getByRole('region', { name: 'Chosen files' })).toContainText('For coffee.png')
  await expect(page.getByRole('link', { name: /Enlarge 2×/ })).toBeVisible()
  await expect(page.getByRole('link', { name: /Text to picture/ })).toHaveCount(0)
  await page.goto(`${studio.url}/run?image=coffee.png&image=chelsea.png`)
  await page.getByRole('link', { name: /Enlarge 2×/ }).click()
  await expect(page.getByText('2 pictures, a run each')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Run 2', exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Only one' }).click()
  const png = await readFile(join(projectRoot, 'studio-data/defaults/input/coffee.png'))
  const uploads = ['a.png', 'b.png', 'c.png'].map((name) => ({ name, mimeType: 'image/png', buffer: png }))
  await page.getByLabel('Upload', { exact: true }).and(page.locator('input')).setInputFiles(uploads)
  await expect(page.getByText('3 pictures, a run each')).toBeVisible()
  await page.goto(`${studio.url}/run/upscale-2x?image=film.mp4`)
  await expect(page.getByText('This workflow has no field for film.mp4.')).toBeVisible()
  await expect(page.getByRole('button', { name: /film\.mp4/ })).toHaveCount(0)
  await context.close()
})

const invert = {
  '1': { class_type: 'LoadImage', inputs: { image: 'chelsea.png' }, _meta: { title: 'The picture' } },
  '2': { class_type: 'ImageInvert', inputs: { image: ['1', 0] } },
  '3': { class_type: 'SaveImage', inputs: { images: ['2', 0], filename_prefix: 'inverted' } },
}

test('a dropped ComfyUI graph gets a form, runs at once, is kept, and is renamed and deleted', async ({ browser }) => {
  await clear()
  const context = await browser.newContext({ storageState: signedIn, viewport: { width: 1440, height: 900 } })
  const page = await open(context, '/run')
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose a file' }).click()
  await (await chooser).setFiles({
    name: 'my negative.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(invert)),
  })
  await expect(page.getByRole('heading', { name: 'my negative' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'The picture: chelsea.png. Choose another' })).toBeVisible()
  const axe = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
  expect(
    axe.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id),
  ).toEqual([])
  await page.reload()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  const ended = await until(newestJob, (job) => job.workflow?.name === 'my negative' && job.finished_at !== null)
  expect(ended).toMatchObject({ status: 'completed' })

  await page.getByRole('button', { name: 'Keep this workflow' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('Enlarge 2×')
  await page.getByRole('dialog').getByLabel('Name').fill('Negative')
  await page.getByRole('dialog').getByRole('button', { name: 'Keep', exact: true }).click()
  await expect(page).toHaveURL(/\/run\/negative$/)
  await expect(page.getByRole('heading', { name: 'Negative' })).toBeVisible()
  expect(JSON.parse(await readFile(join(studio.directory, 'workflows/negative.json'), 'utf8')).prompt).toEqual(invert)

  await page.getByRole('button', { name: 'More for Negative' }).click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('Film negative')
  await page.getByRole('dialog').getByRole('button', { name: 'Rename', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Film negative' })).toBeVisible()
  await page.getByRole('button', { name: 'More for Film negative' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete the workflow' }).click()
  await expect(page).toHaveURL(/\/run$/)
  await context.close()
})

test('a picture that a job made brings its workflow back, and one without any is refused in words', async ({
  browser,
}) => {
  await clear()
  const { prompt_id: promptId } = await studio.json<{ prompt_id: string }>('/api/prompt', {
    method: 'POST',
    body: JSON.stringify({ prompt: invert }),
  })
  const job = await until(
    async () => (await studio.json<JobList>('/api/admin/jobs')).jobs.find((each) => each.prompt_id === promptId),
    (found) => found?.status === 'completed',
  )
  const file = (job as Job).outputs[0]!
  const context = await browser.newContext({ storageState: signedIn })
  const page = await open(context, '/run')
  await page
    .getByLabel('Workflow file')
    .setInputFiles(join(studio.directory, 'assets/output', file.subfolder, file.filename))
  await expect(page.getByText('The workflow of a picture')).toBeVisible()
  await page.getByRole('button', { name: 'All workflows' }).click()
  await page.getByLabel('Workflow file').setInputFiles(join(projectRoot, 'studio-data/defaults/input/coffee.png'))
  await expect(page.getByText(/carries no workflow/)).toBeVisible()
  await context.close()
})

test('the graph of a job that no workflow of the pod made is edited and run again from the queue', async ({
  browser,
}) => {
  await clear()
  const { job } = await post<{ job: string }>('/api/prompt', { prompt: invert })
  await until(
    () => studio.json<Job>(`/api/admin/jobs/${job}`),
    ({ finished_at }) => finished_at !== null,
  )
  const context = await browser.newContext({ storageState: signedIn, viewport: { width: 1440, height: 900 } })
  const page = await open(context, '/queue')
  await page.getByRole('link', { name: 'Edit the settings of From a ComfyUI client and run' }).first().click()
  await expect(page.getByText('The graph of a job')).toBeVisible()
  await expect(page.getByRole('button', { name: 'The picture: chelsea.png. Choose another' })).toBeVisible()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  const again = await until(newestJob, ({ id, finished_at }) => id !== job && finished_at !== null)
  expect(again.status).toBe('completed')

  // Its run is one of a workflow that is not kept: the way back to a form is the same.
  await page.goto(`${studio.url}/jobs/${again.id}`)
  await page.getByRole('link', { name: 'Use these settings' }).click()
  await expect(page).toHaveURL(/\/run\/unsaved-/)
  await expect(page.getByRole('button', { name: 'The picture: chelsea.png. Choose another' })).toBeVisible()
  await context.close()
})

test('a run that fails in the runner says what to try, and is tried again there', async ({ browser }) => {
  await clear()
  await writeFile(join(studio.directory, 'assets/input/damaged.png'), 'no picture at all')
  const context = await browser.newContext({ storageState: signedIn, viewport: { width: 1440, height: 900 } })
  const page = await open(context, '/run/remove-background?image=damaged.png')
  // The worst case: the answer that it was accepted comes after its end.
  await page.route('**/api/admin/jobs', async (route) => {
    const answer = await route.fetch()
    await until(newestJob, ({ finished_at }) => finished_at !== null)
    await route.fulfill({ response: answer })
  })
  await page.keyboard.press('Control+Enter')
  await expect(page.getByRole('region', { name: 'Why it failed' })).toContainText('What to try:')
  await page.unroute('**/api/admin/jobs')
  const first = await newestJob()
  await page.getByRole('button', { name: 'Retry', exact: true }).click()
  const second = await until(newestJob, ({ id, finished_at }) => id !== first.id && finished_at !== null)
  await expect(page.getByRole('link', { name: 'Open the job' })).toHaveAttribute('href', `/jobs/${second.id}`)
  await context.close()
})

test('a field that is wrong says so in words and gets the focus', async ({ browser }) => {
  const context = await browser.newContext({ storageState: signedIn })
  const page = await open(context, '/run')
  const graph = { ...invert, '1': { class_type: 'LoadImage', inputs: { image: 'not on this pod.png' } } }
  await page
    .getByLabel('Workflow file')
    .setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(graph)) })
  await expect(page.getByText('Still to fill in: Load Image.')).toBeVisible()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(page.getByText('Choose a picture.')).toBeVisible()
  await expect(page.getByRole('button', { name: /^Choose a picture for/ })).toBeFocused()

  await page.goto(`${studio.url}/run/upscale-2x?image=deleted.png`)
  await expect(page.getByText('This picture is no longer on the pod: choose another.')).toBeVisible()
  await context.close()
})

test('a run is accepted while the engine is down, and runs once it is back', async ({ browser }) => {
  await clear()
  const context = await browser.newContext({ storageState: signedIn })
  const page = await open(context, '/run/upscale-2x')
  await writeFile(join(studio.directory, 'assets/input', 'note.txt'), '')
  const engine = await findChild(studio.process.pid!, 'dist/engine/main.js')
  process.kill(engine, 'SIGSTOP')
  process.kill(engine, 'SIGKILL')
  await page
    .getByRole('button', { name: /^(Run|Queue)/ })
    .first()
    .click()
  const job = await until(newestJob, (newest) => newest.workflow?.id === 'upscale-2x' && newest.finished_at === null)
  const ended = await until(
    () => studio.json<Job>(`/api/admin/jobs/${job.id}`),
    ({ finished_at }) => finished_at !== null,
  )
  expect(ended.status).toBe('completed')
  await context.close()
})
