/**
 * @file The queue beyond the task itself (e2e/tasks/t10): a row dragged to another place, several jobs cancelled, a paused queue.
 */

import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, expect, type Page, test } from 'playwright/test'
import type { Job, Queue } from '#contracts/jobs'
import { type SignedIn, signInOnce } from './sign-in.ts'
import { type Studio, startStudio, until } from './studio.ts'

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
const run = (workflow: string, inputs: object) => post<Job>('/api/admin/jobs', { workflow, inputs })
const jobOf = (id: string) => studio.json<Job>(`/api/admin/jobs/${id}`)
const waitingIds = async () =>
  (await studio.json<Queue>('/api/admin/queue')).jobs.filter(({ status }) => status === 'queued').map(({ id }) => id)

/** A long job that runs, and five that wait, each told by its picture. */
async function prepare(): Promise<{ running: Job; waiting: Job[] }> {
  await post('/api/admin/jobs/cancel', { all: true })
  await until(waitingIds, (ids) => ids.length === 0)
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
  return { running, waiting }
}

async function open(context: BrowserContext, path = '/queue'): Promise<Page> {
  const page = await context.newPage()
  await page.goto(studio.url + path)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  return page
}

const rowsOf = (page: Page) => page.getByRole('list', { name: 'Waiting, in running order' }).getByRole('listitem')
const shownOrder = (page: Page) => rowsOf(page).evaluateAll((rows) => rows.map((row) => row.getAttribute('data-job')))

async function expectUnharmed(running: Job) {
  const now = await jobOf(running.id)
  expect(now.status === 'running' || now.status === 'completed', now.status).toBe(true)
  expect(now.error).toBeNull()
}

test('a row is dragged to another place', async ({ browser }) => {
  const { waiting } = await prepare()
  const [a, b, c, d, e] = waiting.map(({ id }) => id)
  const context = await browser.newContext({ storageState: signedIn, viewport: { width: 1440, height: 900 } })
  const page = await open(context)
  await expect(rowsOf(page)).toHaveCount(5)
  // Again if the browser did not take it for a drag: on a busy machine its own drag and drop may miss the beginning.
  await expect(async () => {
    await rowsOf(page).nth(0).getByTitle('Drag to another place').hover()
    await page.mouse.down()
    const target = (await rowsOf(page).nth(2).boundingBox())!
    for (const share of [0.3, 0.5, 0.6]) {
      await page.mouse.move(target.x + 200, target.y + target.height * share, { steps: 3 })
    }
    await page.mouse.up()
    await expect.poll(() => shownOrder(page), { timeout: 5000 }).toEqual([b, c, a, d, e])
  }).toPass()
  expect(await waitingIds()).toEqual([b, c, a, d, e])
  await context.close()
})

test('several jobs are chosen, by keys too, and cancelled together; one press puts them back', async ({ browser }) => {
  const { running, waiting } = await prepare()
  const [a, b, c, d, e] = waiting.map(({ id }) => id)
  const context = await browser.newContext({ storageState: signedIn })
  const page = await open(context)
  await expect(rowsOf(page)).toHaveCount(5)
  const box = (n: number) => rowsOf(page).nth(n).getByRole('checkbox')
  await box(1).check()
  await box(3).focus()
  await page.keyboard.press('Shift+Space')
  await expect(page.getByText('3 of 6 chosen')).toBeVisible()
  await page.getByRole('button', { name: 'Cancel 3 jobs' }).click()
  // Pointed at, the way back stays.
  const putBack = page.getByRole('button', { name: 'Put back' })
  await putBack.hover()
  await expect.poll(() => shownOrder(page)).toEqual([a, e])
  expect(await Promise.all([b!, c!, d!].map(async (id) => (await jobOf(id)).status))).toEqual(
    Array(3).fill('cancelled'),
  )
  await expectUnharmed(running)

  await putBack.click()
  await expect(rowsOf(page)).toHaveCount(5)
  const order = (await studio.json<Queue>('/api/admin/queue')).jobs.slice(1)
  expect(order.map(({ id, retry_of }) => retry_of ?? id)).toEqual([a, e, b, c, d])

  // The running one too.
  await page.getByRole('checkbox', { name: 'All 6' }).check()
  await page.getByRole('list', { name: 'Running', exact: true }).getByRole('checkbox').uncheck()
  await page.getByRole('list', { name: 'Running', exact: true }).getByRole('checkbox').press('Space')
  await page.getByRole('button', { name: 'Cancel 6 jobs' }).click()
  await until(
    () => jobOf(running.id),
    ({ status }) => status === 'cancelled',
  )
  await expect(page.getByRole('checkbox')).toHaveCount(0)
  await context.close()
})

test('everything is cancelled by one button that asks and says that the running job stops too', async ({ browser }) => {
  const { running } = await prepare()
  const context = await browser.newContext({ storageState: signedIn })
  const page = await open(context)
  await page.getByRole('button', { name: 'Cancel all 6' }).click()
  await expect(page.getByRole('dialog')).toContainText('The running job is stopped too')
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel 6 jobs' }).click()
  await until(
    () => jobOf(running.id),
    ({ status }) => status === 'cancelled',
  )
  await expect(rowsOf(page)).toHaveCount(0)
  await context.close()
})

test('a paused queue says so, holds over a reload, and starts nothing; all but the running one are cancelled after asking', async ({
  browser,
}) => {
  const { running } = await prepare()
  const context = await browser.newContext({ storageState: signedIn })
  const page = await open(context)
  // The server draws the button, but no rows: with them the page listens.
  await expect(rowsOf(page)).toHaveCount(5)
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
