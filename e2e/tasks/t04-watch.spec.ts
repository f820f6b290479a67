/**
 * @file T4: watch a run, reload, open it on a second device. Bar: from the event to the screen at most 1 s; after a reload the
 * same per cent, step and preview within 2 s; both devices agree.
 */
import { expect, type Page } from 'playwright/test'
import type { JobDetail } from '#contracts/jobs'
import { timed } from './hand.ts'
import { phone, test } from './setting.ts'

test('T4: a run is the same after a reload and on a second device', async ({
  studio,
  browser,
  signedIn,
  page,
  hand,
}) => {
  await studio.clear()
  await page.goto(`${studio.url}/run/upscale-4x`)
  await hand.click(page.getByRole('button', { name: 'Run', exact: true }))
  await expect(page.getByRole('img', { name: 'Live preview' })).toBeVisible()
  const { id } = await studio.newestJob()
  const truth = async () =>
    Math.round(((await studio.json<JobDetail>(`/api/admin/jobs/${id}`)).progress?.value ?? 0) * 100)
  const shown = async (where: Page) =>
    Number(await where.getByRole('progressbar', { name: 'Progress of the run' }).getAttribute('aria-valuenow'))
  const isSame = async (where: Page, atLeast: number) => {
    await expect(where.getByRole('img', { name: 'Live preview' })).toBeVisible()
    await expect(where.getByText(/step \d+ of \d+/).first()).toBeVisible()
    await expect.poll(() => shown(where)).toBeGreaterThanOrEqual(atLeast)
  }

  const before = await truth()
  const reloaded = await timed(async () => {
    await page.reload()
    await isSame(page, before)
  })
  const hers = await browser.newContext({ ...phone, storageState: signedIn })
  const second = await hers.newPage()
  const opened = await timed(async () => {
    await second.goto(`${studio.url}/run/upscale-4x`)
    await isSame(second, before)
  })
  // Both follow the one truth: once it stands past a point, so do they.
  const reached = await truth()
  const followed = await timed(async () => {
    for (const device of [page, second]) await expect.poll(() => shown(device)).toBeGreaterThanOrEqual(reached)
  })
  await expect(page).toHaveTitle(/^\d+ % · /)
  const times = { 'event to screen': [followed, 1000], 'after reload': [reloaded, 2000] } as const
  hand.score({ clicks: 1 }, { ...times, 'second device': [opened, 2000] })
  await hers.close()
  await studio.clear()
})
