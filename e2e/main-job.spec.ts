/**
 * @file The main job as a person does it, in a browser, from upload to unzip: sign in, drop a photograph, run a network on
 * it, watch, look at the result, take everything home as one zip, clean up and take that back.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, type Page, test } from 'playwright/test'
import sharp from 'sharp'
import type { JobList } from '#contracts/jobs'
import { apiKey, projectRoot, type Studio, startStudio, until } from './studio.ts'

const run = promisify(execFile)
const photo = join(projectRoot, 'studio-data/defaults/input/chelsea.png')

let studio: Studio
const troubles: string[] = []

test.describe.configure({ mode: 'serial' })
test.use({ viewport: { width: 1440, height: 900 } })

let page: Page
test.beforeAll(async ({ browser }) => {
  studio = await startStudio()
  page = await browser.newPage({ acceptDownloads: true })
  page.on('pageerror', (error) => troubles.push(error.message))
  page.on('console', (message) => {
    const { url } = message.location()
    // The key that is refused below is a 401, which browsers report as a failed resource.
    const isRefusedKey = url.endsWith('/api/auth/login') && message.text().includes('401')
    if (message.type() === 'error' && !isRefusedKey) troubles.push(`${message.text()} ${url}`)
  })
  await until(
    () => studio.json<{ engine: { state: string } }>('/api/admin/system'),
    (s) => s.engine.state === 'ready',
  )
})
test.afterAll(async () => {
  await page.close()
  await studio.dispose()
})

test('the key opens the studio, and nothing else does', async () => {
  await page.goto(`${studio.url}/inputs`)
  await expect(page).toHaveURL(/\/login\?next=/)
  await page.getByLabel('Key', { exact: true }).fill('not the key of this pod')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('This is not the key of this pod.')).toBeVisible()
  await page.getByLabel('Key', { exact: true }).fill(apiKey)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(`${studio.url}/inputs`)
  await expect(page.getByRole('heading', { name: 'Inputs' })).toBeVisible()
})

test('a photograph is uploaded and appears in the library', async () => {
  const chooser = page.waitForEvent('filechooser')
  const shipped = (await readdir(dirname(photo))).filter((name) => !name.endsWith('.md')).length
  // The server draws the button, but not the library: with it the page listens.
  await expect(page.getByRole('gridcell')).toHaveCount(shipped)
  await page.getByRole('button', { name: 'Upload' }).click()
  await (await chooser).setFiles(photo)
  await expect(page.getByRole('region', { name: 'Uploads' })).toContainText('1 file uploaded')
  await expect(page.getByRole('gridcell')).toHaveCount(shipped + 1)
  const stored = (await readdir(join(studio.directory, 'assets/input'))).find((name) =>
    /^\d{8}_\d{6}_[0-9a-f]{6}_chelsea\.png$/.test(name),
  )
  expect(await readFile(join(studio.directory, 'assets/input', stored!))).toEqual(await readFile(photo))
})

const enlarged = () => page.getByRole('button', { name: /^Picture, final, job Enlarge 2×, .*final_00001\.png$/ })

async function runOnPhoto(workflow: string) {
  await page.goto(`${studio.url}/run`)
  await page
    .getByRole('link', { name: new RegExp(workflow) })
    .first()
    .click()
  await expect(page.getByRole('heading', { level: 1, name: workflow })).toBeVisible()
  await page.getByRole('button', { name: 'Choose', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Picture, chelsea.png' }).first().click()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
}

test('a workflow runs on it and is watched live, also after a reload', async () => {
  // A long one, so that there is still something to watch after the reload.
  await runOnPhoto('Enlarge 4×')
  await expect(page.getByRole('button', { name: /^Cancel/ }).first()).toBeVisible()
  await expect(page.getByText(/^\d+ %$/).first()).toBeVisible()
  await page.reload()
  await expect(page.getByText(/^\d+ %$/).first()).toBeVisible()
  // Not by the button, which goes when the run ends by itself and asks when it took long.
  await studio.json('/api/admin/jobs/cancel', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"all":true}',
  })
  await until(
    () => studio.json<JobList>('/api/admin/jobs'),
    (list) => list.jobs[0]?.finished_at != null,
  )
})

test('another one runs to its end; the result is twice as large and opens in the viewer', async () => {
  await runOnPhoto('Enlarge 2×')
  const { jobs } = await until(
    () => studio.json<JobList>('/api/admin/jobs'),
    ({ jobs: [newest] }) => newest?.workflow?.id === 'upscale-2x' && newest.finished_at !== null,
  )
  expect(jobs[0]).toMatchObject({ status: 'completed' })
  const result = join(studio.directory, 'assets/output', jobs[0].id, 'final/final_00001.png')
  expect(await sharp(result).metadata()).toMatchObject({ width: 902, height: 600 })
  expect(existsSync(join(studio.directory, 'assets/output', jobs[0].id, '.incomplete'))).toBe(false)

  await page.goto(`${studio.url}/jobs`)
  await enlarged().click()
  const viewer = page.getByRole('dialog')
  await expect(viewer).toBeVisible()
  await expect(page).toHaveURL(/file=/)
  const picture = viewer.getByRole('img').first()
  await expect(picture).toBeVisible()
  await until(
    () => picture.evaluate((image: HTMLImageElement) => image.naturalWidth),
    (width) => width > 300,
  )
  await page.keyboard.press('Escape')
  await expect(viewer).toBeHidden()
})

test('everything comes home as one zip that unpacks to the same bytes', async () => {
  const started = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download all outputs' }).click()
  await page.getByRole('menuitem', { name: /^Everything/ }).click()
  const download = await started
  expect(download.suggestedFilename()).toMatch(/^outputs_\d{8}_\d{6}\.zip$/)
  const zip = join(studio.directory, 'home.zip')
  await download.saveAs(zip)
  expect((await run('unzip', ['-t', zip])).stdout).toContain('No errors detected')
  await run('unzip', ['-q', zip, '-d', join(studio.directory, 'home')])
  const { jobs } = await studio.json<JobList>('/api/admin/jobs')
  for (const job of jobs) {
    for (const file of job.outputs) {
      const path = join(file.subfolder, file.filename)
      const [home, there] = await Promise.all([
        readFile(join(studio.directory, 'home', path)),
        readFile(join(studio.directory, 'assets/output', path)),
      ])
      expect(home.equals(there)).toBe(true)
    }
  }
})

test('a deleted result goes to the trash and comes back with Undo', async () => {
  const { jobs } = await studio.json<JobList>('/api/admin/jobs')
  const result = join(studio.directory, 'assets/output', jobs[0].id, 'final/final_00001.png')
  await enlarged().click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Delete')
  await until(
    async () => existsSync(result),
    (there) => !there,
  )
  await page.getByRole('button', { name: 'Undo' }).click()
  await until(
    async () => existsSync(result),
    (there) => there,
  )
})

test('nothing went wrong in the browser meanwhile', () => {
  expect(troubles).toEqual([])
})
