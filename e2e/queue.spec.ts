/**
 * @file The queue as a person steers it: cancel the third of five waiting, the fifth to the front, a failed one again, one
 * click each and the running job unharmed; the same by keys alone; on a second device, after a reload, and while paused.
 */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, expect, type Page, test } from 'playwright/test'
import type { Job, JobList, Queue } from '#contracts/jobs'
import { apiKey, type Studio, startStudio, until } from './studio.ts'

let studio: Studio
let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>

test.beforeAll(async ({ browser }) => {
  studio = await startStudio()
  await until(
    () => studio.json<{ engine: { state: string } }>('/api/admin/system'),
    (system) => system.engine.state === 'ready',
  )
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${studio.url}/login`)
  await page.getByLabel('Key', { exact: true }).fill(apiKey)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/jobs/)
  signedIn = await context.storageState()
  await context.close()
})
test.afterAll(() => studio.dispose())

const post = <T>(path: string, body: object = {}) =>
  studio.json<T>(path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } })
const run = (workflow: string, inputs: object) => post<Job>('/api/admin/jobs', { workflow, inputs })
const jobOf = (id: string) => studio.json<Job>(`/api/admin/jobs/${id}`)
const waitingIds = async () =>
  (await studio.json<Queue>('/api/admin/queue')).jobs.filter(({ status }) => status === 'queued').map(({ id }) => id)

/** One job that failed, a long one that runs, and five that wait, each told by its picture. */
async function prepare(): Promise<{ failed: Job; running: Job; waiting: Job[] }> {
  await post('/api/admin/jobs/cancel', { all: true })
  await until(waitingIds, (ids) => ids.length === 0)
  const damaged = `damaged-${Date.now()}.png`
  await writeFile(join(studio.directory, 'assets/input', damaged), 'no picture at all')
  const failed = await run('upscale-2x', { image: damaged })
  await until(
    () => jobOf(failed.id),
    ({ status }) => status === 'failed',
  )
  await studio.request('/api/free', { method: 'POST', body: '{"unload_models":true,"free_memory":true}' })
  const running = await run('upscale-4x', { image: 'rocket.jpg' })
  await until(
    () => jobOf(running.id),
    ({ status }) => status === 'running',
  )
  const waiting: Job[] = []
  for (const image of ['astronaut.png', 'chelsea.png', 'coffee.png', 'rocket.jpg', 'astronaut.png']) {
    waiting.push(await run('remove-background', { image }))
  }
  return { failed, running, waiting }
}

async function open(context: BrowserContext, path = '/queue'): Promise<Page> {
  const page = await context.newPage()
  await page.goto(studio.url + path)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  return page
}

const rowsOf = (page: Page) => page.getByRole('list', { name: 'Waiting, in running order' }).getByRole('listitem')
const shownOrder = (page: Page) => rowsOf(page).evaluateAll((rows) => rows.map((row) => row.getAttribute('data-job')))

/** Counts clicks on the page; what is not clicked is not counted. */
async function countClicks(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const counter = window as unknown as { clicks: number }
    counter.clicks = 0
    addEventListener('click', () => counter.clicks++, true)
  })
  return () => page.evaluate(() => (window as unknown as { clicks: number }).clicks)
}

async function expectUnharmed(running: Job) {
  const now = await jobOf(running.id)
  expect(now.status === 'running' || now.status === 'completed', now.status).toBe(true)
  expect(now.error).toBeNull()
}

test('the third is cancelled, the fifth goes first, a failed one is retried: a click each, seen on a second device too', async ({
  browser,
}) => {
  const { failed, running, waiting } = await prepare()
  const [a, b, c, d, e] = waiting.map(({ id }) => id)
  const context = await browser.newContext({ storageState: signedIn, viewport: { width: 1440, height: 900 } })
  const other = await browser.newContext({
    storageState: signedIn,
    viewport: { width: 390, height: 844 },
    hasTouch: true,
  })
  const page = await open(context)
  const phone = await open(other)
  await expect(rowsOf(page)).toHaveCount(5)
  await expect(rowsOf(phone)).toHaveCount(5)
  await expect(rowsOf(page).nth(1)).toContainText('Waits for 2 jobs')
  await expect(rowsOf(page).nth(1)).toContainText('chelsea.png')

  const clicks = await countClicks(page)
  await rowsOf(page)
    .nth(2)
    .getByRole('button', { name: /out of the queue/ })
    .click()
  await expect(rowsOf(page)).toHaveCount(4)
  await rowsOf(page)
    .nth(3)
    .getByRole('button', { name: /to the front/ })
    .click()
  await expect.poll(() => shownOrder(page)).toEqual([e, a, b, d])
  const history = page.getByRole('list', { name: 'Ended jobs, newest first' })
  const failedRow = history.getByRole('listitem').filter({ hasText: 'Failed' }).first()
  await expect(failedRow).toContainText(/picture|image/i)
  await failedRow.getByRole('button', { name: /^Retry/ }).click()
  await expect(rowsOf(page)).toHaveCount(5)
  expect(await clicks()).toBe(3)

  expect((await jobOf(c!)).status).toBe('cancelled')
  const order = await waitingIds()
  expect(order.slice(0, 4)).toEqual([e, a, b, d])
  expect((await jobOf(order[4]!)).retry_of).toBe(failed.id)
  await expect.poll(() => shownOrder(phone)).toEqual(order)
  await page.reload()
  await expect.poll(() => shownOrder(page)).toEqual(order)
  await expectUnharmed(running)
  await context.close()
  await other.close()
})

test('the same by keys alone, with the focus kept on the row that moved', async ({ browser }) => {
  const { failed, running, waiting } = await prepare()
  const [a, b, c, d, e] = waiting.map(({ id }) => id)
  const context = await browser.newContext({ storageState: signedIn })
  const page = await open(context)
  await expect(rowsOf(page)).toHaveCount(5)
  const tabTo = async (reached: () => Promise<boolean>) => {
    for (let count = 0; count < 120; count++) {
      await page.keyboard.press('Tab')
      if (await reached()) return
    }
    throw new Error('the keyboard does not get there')
  }
  const focused = (job: string, label: RegExp) => async () => {
    const at = await page.evaluate(() => {
      const element = document.activeElement
      return {
        job: element?.closest('[data-job]')?.getAttribute('data-job'),
        label: element?.getAttribute('aria-label') ?? '',
      }
    })
    return at.job === job && label.test(at.label)
  }
  await tabTo(focused(c!, /out of the queue/))
  await page.keyboard.press('Enter')
  await expect(rowsOf(page)).toHaveCount(4)
  await tabTo(focused(e!, /to the front/))
  await page.keyboard.press('Enter')
  await expect.poll(() => shownOrder(page)).toEqual([e, a, b, d])
  await expect.poll(focused(e!, /./)).toBe(true)
  await page.keyboard.press('Alt+ArrowDown')
  await expect.poll(() => shownOrder(page)).toEqual([a, e, b, d])
  await page.keyboard.press('Alt+ArrowUp')
  await expect.poll(() => shownOrder(page)).toEqual([e, a, b, d])
  await tabTo(() =>
    page.evaluate(() => document.activeElement?.getAttribute('aria-label')?.startsWith('Retry ') ?? false),
  )
  await page.keyboard.press('Enter')
  await expect(rowsOf(page)).toHaveCount(5)
  const { jobs } = await studio.json<JobList>('/api/admin/jobs?status=queued')
  expect(jobs.at(-1)!.retry_of).toBeTruthy()
  expect(failed.id).toBeTruthy()
  await expectUnharmed(running)
  await context.close()
})

test('a row is dragged to another place', async ({ browser }) => {
  const { waiting } = await prepare()
  const [a, b, c, d, e] = waiting.map(({ id }) => id)
  const context = await browser.newContext({ storageState: signedIn, viewport: { width: 1440, height: 900 } })
  const page = await open(context)
  await expect(rowsOf(page)).toHaveCount(5)
  await rowsOf(page).nth(0).getByTitle('Drag to another place').hover()
  await page.mouse.down()
  const target = (await rowsOf(page).nth(2).boundingBox())!
  for (const share of [0.3, 0.5, 0.6]) {
    await page.mouse.move(target.x + 200, target.y + target.height * share, { steps: 3 })
  }
  await page.mouse.up()
  await expect.poll(() => shownOrder(page)).toEqual([b, c, a, d, e])
  expect(await waitingIds()).toEqual([b, c, a, d, e])
  await context.close()
})

test('a paused queue says so, holds over a reload, and starts nothing; all but the running one are cancelled after asking', async ({
  browser,
}) => {
  const { running } = await prepare()
  const context = await browser.newContext({ storageState: signedIn })
  const page = await open(context)
  await page.getByRole('button', { name: 'Pause', exact: true }).click()
  await expect(page.getByText('The queue is paused')).toBeVisible()
  await expect(rowsOf(page).first()).toContainText('until the queue goes on')
  await page.reload()
  await expect(page.getByText('The queue is paused')).toBeVisible()
  await expectUnharmed(running)
  for (const theme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    const axe = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
    expect(
      axe.violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => [id, nodes.map(({ target }) => target)]),
    ).toEqual([])
  }
  await page.getByRole('button', { name: 'Cancel 5 waiting' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel 5 jobs' }).click()
  await expect(rowsOf(page)).toHaveCount(0)
  await expectUnharmed(running)
  await page.getByRole('button', { name: 'Resume' }).click()
  await expect(page.getByText('The queue is paused')).toBeHidden()
  await context.close()
})
