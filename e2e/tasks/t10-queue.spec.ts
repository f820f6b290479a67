/**
 * @file T10: cancel the third of five waiting, move the fifth to the front, retry a failed one. Bar: a click each; the running
 * job is unharmed. By keys alone too. Seen on a second device and after a reload.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page } from 'playwright/test'
import type { Job, JobList } from '#contracts/jobs'
import { until } from '../studio.ts'
import { phone, type TaskStudio, test } from './setting.ts'

const rowsOf = (page: Page) => page.getByRole('list', { name: 'Waiting, in running order' }).getByRole('listitem')
const shownOrder = (page: Page) => rowsOf(page).evaluateAll((rows) => rows.map((row) => row.getAttribute('data-job')))

/** One job that failed, a long one that runs, and five that wait, each told by its picture. */
async function prepare(studio: TaskStudio): Promise<{ failed: Job; running: Job; waiting: string[] }> {
  await studio.clear()
  const damaged = `damaged-${Date.now()}.png`
  await writeFile(join(studio.directory, 'assets/input', damaged), 'no picture at all')
  const failed = await studio.runToEnd('upscale-2x', { image: damaged })
  expect(failed.status).toBe('failed')
  const running = await studio.run('upscale-4x', { image: 'rocket.jpg' })
  await until(
    () => studio.job(running.id),
    ({ status }) => status === 'running',
  )
  const waiting: string[] = []
  for (const image of ['astronaut.png', 'chelsea.png', 'coffee.png', 'rocket.jpg', 'astronaut.png']) {
    waiting.push((await studio.run('remove-background', { image })).id)
  }
  return { failed, running, waiting }
}

async function expectUnharmed(studio: TaskStudio, running: Job) {
  const now = await studio.job(running.id)
  expect(now.status === 'running' || now.status === 'completed', now.status).toBe(true)
  expect(now.error).toBeNull()
}

test('T10: a click each', async ({ studio, browser, signedIn, page, hand }) => {
  const { failed, running, waiting } = await prepare(studio)
  const [a, b, c, d, e] = waiting
  const hers = await browser.newContext({ ...phone, storageState: signedIn })
  const second = await hers.newPage()
  for (const device of [page, second]) {
    await device.goto(`${studio.url}/queue`)
    await expect(rowsOf(device)).toHaveCount(5)
  }
  await expect(rowsOf(page).nth(1)).toContainText('Waits for 2 jobs')
  await expect(rowsOf(page).nth(1)).toContainText('chelsea.png')

  await hand.click(
    rowsOf(page)
      .nth(2)
      .getByRole('button', { name: /out of the queue/ }),
  )
  await expect(rowsOf(page)).toHaveCount(4)
  await hand.click(
    rowsOf(page)
      .nth(3)
      .getByRole('button', { name: /to the front/ }),
  )
  await expect.poll(() => shownOrder(page)).toEqual([e, a, b, d])
  const history = page.getByRole('list', { name: 'Ended jobs, newest first' })
  const failedRow = history.getByRole('listitem').filter({ hasText: 'Failed' }).first()
  await expect(failedRow).toContainText(/picture|image/i)
  await hand.click(failedRow.getByRole('button', { name: /^Retry/ }))
  await expect(rowsOf(page)).toHaveCount(5)
  hand.score({ clicks: 3, keys: 0 })

  expect((await studio.job(c!)).status).toBe('cancelled')
  const order = await studio.waiting()
  expect(order.slice(0, 4)).toEqual([e, a, b, d])
  expect((await studio.job(order[4]!)).retry_of).toBe(failed.id)
  await expect.poll(() => shownOrder(second)).toEqual(order)
  await page.reload()
  await expect.poll(() => shownOrder(page)).toEqual(order)
  await expectUnharmed(studio, running)
  await hers.close()
  await studio.clear()
})

test('T10: by keys alone, with the focus kept on the row that moved', async ({ studio, page, hand }) => {
  const { failed, running, waiting } = await prepare(studio)
  const [a, b, c, d, e] = waiting
  await page.goto(`${studio.url}/queue`)
  await expect(rowsOf(page)).toHaveCount(5)
  await hand.tabTo(({ job, name }) => job === c && /out of the queue/.test(name))
  await hand.press('Enter')
  await expect(rowsOf(page)).toHaveCount(4)
  await hand.tabTo(({ job, name }) => job === e && /to the front/.test(name))
  await hand.press('Enter')
  await expect.poll(() => shownOrder(page)).toEqual([e, a, b, d])
  await hand.press('Alt+ArrowDown')
  await expect.poll(() => shownOrder(page)).toEqual([a, e, b, d])
  await hand.press('Alt+ArrowUp')
  await expect.poll(() => shownOrder(page)).toEqual([e, a, b, d])
  await hand.tabTo(({ name }) => name === 'Retry Enlarge 2×')
  await hand.press('Enter')
  await expect(rowsOf(page)).toHaveCount(5)
  const { jobs } = await studio.json<JobList>('/api/admin/jobs?status=queued')
  expect(jobs.map((job) => job.retry_of)).toContain(failed.id)
  await expectUnharmed(studio, running)
  hand.score({ clicks: 0 })
  await studio.clear()
})
