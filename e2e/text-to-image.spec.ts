/**
 * @file Drawing pictures as a person does it on a pod that has no checkpoint yet: the page says what is missing and how it is
 * got, runs as soon as a model is there by any way, shows the steps, the picture and its settings.
 */
import { link, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, expect, type Page, test } from 'playwright/test'
import type { Job, JobList } from '#contracts/jobs'
import type { ModelList } from '#contracts/models'
import { type SignedIn, signInOnce } from './sign-in.ts'
import { projectRoot, type Studio, startStudio, until } from './studio.ts'
import { type TinyModels, writeTinyModels } from './tiny-models.ts'

const expected = 'v1-5-pruned-emaonly-fp16.safetensors'
const desktop = { viewport: { width: 1440, height: 900 } }
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }

let studio: Studio
let signedIn: SignedIn
let tinyFolder: string
let tiny: TinyModels

test.describe.configure({ mode: 'serial' })
test.beforeAll(async ({ browser }) => {
  tinyFolder = await mkdtemp(join(tmpdir(), 'tiny-models-'))
  tiny = await writeTinyModels(tinyFolder)
  // A host that no network knows: nothing of these tests leaves this machine.
  studio = await startStudio({ environment: { STUDIO_MODEL_HOSTS: 'models.invalid' } })
  await until(
    () => studio.json<{ engine: { state: string } }>('/api/admin/system'),
    ({ engine }) => engine.state === 'ready',
  )
  signedIn = await signInOnce(browser, studio.url)
})
test.afterAll(async () => {
  await studio.dispose()
  await rm(tinyFolder, { recursive: true })
})

const newestJob = async () =>
  (await studio.json<JobList>('/api/admin/jobs')).jobs.toSorted((x, y) => y.created_at - x.created_at)[0]
const missing = (page: Page) => page.getByRole('region', { name: 'What is missing' })
const run = (page: Page) => page.getByRole('button', { name: 'Run', exact: true })

async function open(context: BrowserContext, path: string, title: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(studio.url + path)
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible()
  return page
}

/** What makes a run on two cores short. */
async function small(page: Page, { steps, size }: { steps: number; size: 'pixels' | 'megapixels' }) {
  if (size === 'pixels') {
    await page.getByLabel('Width', { exact: true }).fill('128')
    await page.getByLabel('Height', { exact: true }).fill('128')
  } else await page.getByLabel('Size', { exact: true }).fill('0.05')
  await page.getByText(/^More settings/).click()
  await page.getByLabel('Steps', { exact: true }).fill(String(steps))
}

test('a workflow whose checkpoint is not there says which, how large, under which licence, and where it goes', async ({
  browser,
}) => {
  const context = await browser.newContext({ storageState: signedIn, ...desktop })
  const page = await open(context, '/run', 'Run')
  await expect(page.getByRole('link', { name: /Text to picture Draws.*1 model missing/ })).toBeVisible()
  await page.getByRole('link', { name: /Text to picture Draws/ }).click()
  await expect(missing(page)).toContainText('1 model is missing')
  await expect(missing(page)).toContainText(expected)
  await expect(missing(page)).toContainText('2.1 GB · Licence: CreativeML Open RAIL-M')
  await expect(missing(page)).toContainText('It belongs in models/checkpoints.')
  await expect(missing(page)).toContainText(`scp ${expected} your-pod:STUDIO_DIR/models/checkpoints/`)
  await expect(run(page)).toBeDisabled()
  const axe = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
  expect(axe.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([])
  // This pod fetches from one host, and this model does not come from there.
  await expect(page.getByRole('button', { name: /^Download/ })).toHaveCount(0)
  await expect(missing(page).getByRole('link', { name: /^https:\/\/huggingface\.co\/Comfy-Org\// })).toBeVisible()
  await context.close()
})

test('a download without the internet fails in words, and the way by hand opens', async ({ browser }) => {
  const file = join(projectRoot, 'studio-data/defaults/workflows/text-to-image.json')
  const workflow = JSON.parse(await readFile(file, 'utf8'))
  workflow.name = 'From nowhere'
  workflow.models[0] = { folder: 'checkpoints', file: expected, url: 'https://models.invalid/m.safetensors' }
  await mkdir(join(studio.directory, 'workflows'), { recursive: true })
  await writeFile(join(studio.directory, 'workflows', 'from-nowhere.json'), JSON.stringify(workflow))
  const context = await browser.newContext({ storageState: signedIn, ...phone })
  const page = await open(context, '/run/from-nowhere', 'From nowhere')
  await expect(missing(page)).toContainText('No SHA-256 is known for it, so the file cannot be compared.')
  await missing(page).getByRole('button', { name: 'Download' }).click()
  await expect(missing(page)).toContainText(/The download failed\. The pod does not find the host/, { timeout: 60_000 })
  await expect(missing(page)).toContainText('scp ')
  await expect(missing(page).getByRole('button', { name: 'Try the download again' })).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.viewport.width)
  await rm(join(studio.directory, 'workflows', 'from-nowhere.json'))
  await context.close()
})

test('an uploaded checkpoint is chosen at once, and the text becomes a picture, step by step', async ({ browser }) => {
  const context = await browser.newContext({ storageState: signedIn, ...desktop })
  const page = await open(context, '/run/text-to-image', 'Text to picture')
  await page.getByLabel('Model file for models/checkpoints').setInputFiles(tiny.checkpoint)
  await expect(page.getByRole('button', { name: 'Checkpoint', exact: true })).toContainText(
    'tiny-checkpoint.safetensors',
  )
  await expect(missing(page)).toBeHidden()
  await expect(run(page)).toBeEnabled()
  const { models } = await studio.json<ModelList>('/api/admin/models')
  expect(models).toContainEqual(expect.objectContaining({ folder: 'checkpoints', file: 'tiny-checkpoint.safetensors' }))

  await page.getByRole('textbox', { name: /^Prompt/ }).fill('a red house in the snow')
  await small(page, { steps: 40, size: 'pixels' })
  // The page notes what it shows: the run may be over before anybody looks.
  const shown = await page.evaluateHandle(() => {
    const shown = { step: false, progress: false }
    const isShown = (selector: string, text = /^/) =>
      [...document.querySelectorAll(selector)].some((each) => each.checkVisibility() && text.test(each.textContent))
    const look = () => {
      shown.step ||= isShown('main span', /step \d+ of 40/)
      shown.progress ||= isShown('[role=progressbar][aria-label="Progress of the run"]')
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
    return shown
  })
  await run(page).click()
  const job = await until(newestJob, (newest) => newest?.finished_at != null)
  expect(job).toMatchObject({
    ...{ status: 'completed', workflow: { id: 'text-to-image' } },
    inputs: { prompt: 'a red house in the snow', width: 128, steps: 40, checkpoint: 'tiny-checkpoint.safetensors' },
  })
  await expect.poll(() => shown.jsonValue()).toEqual({ step: true, progress: true })
  await page.getByRole('link', { name: 'Open', exact: true }).first().click()
  await expect(page.getByRole('img', { name: 'final_00001.png' }).first()).toBeVisible()
  await expect(page.getByText('a red house in the snow').first()).toBeVisible()
  await expect(page.getByText('tiny-checkpoint.safetensors').first()).toBeVisible()
  await context.close()
})

test('a picture is drawn anew, and a part of one, with the checkpoint that is there, and the page says so', async ({
  browser,
}) => {
  const context = await browser.newContext({ storageState: signedIn, ...desktop })
  const cards = await open(context, '/run', 'Run')
  const other = 'Uses another checkpoint: tiny-checkpoint.safetensors'
  await expect(cards.getByRole('link', { name: /Picture to picture/ })).toContainText(other)
  // Nothing stands in for its ControlNet.
  await expect(cards.getByRole('link', { name: /Follow the outlines/ })).toContainText('1 model missing')
  await cards.close()
  for (const [id, title] of [
    ['image-to-image', 'Picture to picture'],
    ['inpaint', 'Replace a part'],
  ] as const) {
    const page = await open(context, `/run/${id}`, title)
    const checkpoint = page.getByRole('button', { name: 'Checkpoint', exact: true })
    await expect(checkpoint).toContainText('tiny-checkpoint.safetensors')
    await expect(checkpoint).toHaveAccessibleDescription(`Used in place of ${expected}, which is not on this pod.`)
    await expect(missing(page)).toBeHidden()
    if (id === 'inpaint') await page.getByText(/^More settings/).click()
    await page.getByLabel('Size', { exact: true }).fill('0.05')
    if (id !== 'inpaint') await page.getByText(/^More settings/).click()
    await page.getByLabel('Steps', { exact: true }).fill('3')
    await run(page).click()
    const job = await until(newestJob, (newest) => newest?.workflow?.id === id && newest.finished_at !== null)
    expect(job).toMatchObject({ status: 'completed', inputs: { checkpoint: 'tiny-checkpoint.safetensors' } })
    await expect(page.getByRole('link', { name: 'Open', exact: true }).first()).toBeVisible()
    await page.close()
  }
  await context.close()
})

test('a file that is copied to the pod is noticed without a reload, on a phone too', async ({ browser }) => {
  const context = await browser.newContext({ storageState: signedIn, ...phone })
  const page = await open(context, '/run/controlnet', 'Follow the outlines of a picture')
  await expect(missing(page)).toContainText('1 model is missing')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.viewport.width)
  const models = join(studio.directory, 'models')
  await mkdir(join(models, 'controlnet'), { recursive: true })
  await link(tiny.controlnet, join(models, 'controlnet', 'control_v11p_sd15_softedge_fp16.safetensors'))
  // The page looks every ten seconds.
  await expect(missing(page)).toBeHidden({ timeout: 60_000 })
  // The workflow's own checkpoint is used again as soon as it is there.
  const checkpoint = page.getByRole('button', { name: 'Checkpoint', exact: true })
  await expect(checkpoint).toContainText('tiny-checkpoint.safetensors')
  await link(tiny.checkpoint, join(models, 'checkpoints', expected))
  await expect(checkpoint).toHaveAttribute('title', expected, { timeout: 60_000 })
  await page.getByLabel('Size', { exact: true }).fill('0.05')
  await page.getByText(/^More settings/).click()
  await page.getByLabel('Steps', { exact: true }).fill('2')
  await run(page).click()
  const job: Job | undefined = await until(
    newestJob,
    (newest) => newest?.workflow?.id === 'controlnet' && newest.finished_at !== null,
  )
  expect(job).toMatchObject({ status: 'completed' })
  await context.close()
})
