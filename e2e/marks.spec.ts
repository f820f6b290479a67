/** @file Stars, rejects and deleting with a way back; what an interrupted or broken job left is kept or thrown away. */
import { cp, mkdir, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect } from 'playwright/test'
import { fixtureNow, special } from '../scripts/fixture.mjs'
import { test } from './gallery-setting.ts'

test('a star and a reject by key show at once, move nothing, and are there after a reload', async ({
  summary,
  page,
  open,
  focusedKey,
  topOf,
  focusInTheMiddle,
}) => {
  await open('/files')
  const key = await focusInTheMiddle()
  const [before, top] = [await page.evaluate(() => scrollY), await topOf(key)]
  await page.keyboard.press('s')
  await expect(page.locator(`[data-tile="${key}"]`)).toHaveAccessibleName(/starred/)
  expect(await page.evaluate(() => scrollY)).toBe(before)
  expect(await topOf(key)).toBe(top)
  expect(await focusedKey()).toBe(key)
  await page.keyboard.press('r')
  await expect(page.locator(`[data-tile="${key}"]`)).toHaveAccessibleName(/rejected/)
  const path = key.slice('outputs:'.length)
  await expect.poll(async () => (await summary({ mark: 'reject', q: path.split('/')[0] })).files).toBeGreaterThan(0)
  await page.keyboard.press('r')
  await expect(page.locator(`[data-tile="${key}"]`)).not.toHaveAccessibleName(/rejected/)
})

test('a mark that another device sets is seen here', async ({ studio, page, tiles, open }) => {
  await open('/files?kind=final')
  const key = (await tiles().first().getAttribute('data-tile'))!
  await studio.request('/api/admin/selection/marks', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ selection: { files: [key.slice('outputs:'.length)] }, mark: 'reject' }),
  })
  await expect(page.locator(`[data-tile="${key}"]`)).toHaveAccessibleName(/rejected/)
})

test('what happens after a page has its data and before its event stream is open is not missed', async ({
  studio,
  page,
  tiles,
}) => {
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  await page.route('**/api/admin/events**', async (route) => {
    await gate
    await route.continue()
  })
  await page.goto(`${studio.url}/files?kind=final`)
  const key = (await tiles().nth(1).getAttribute('data-tile'))!
  await studio.request('/api/admin/selection/marks', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ selection: { files: [key.slice('outputs:'.length)] }, mark: 'star' }),
  })
  await expect(page.locator(`[data-tile="${key}"]`)).not.toHaveAccessibleName(/starred/)
  open()
  await expect(page.locator(`[data-tile="${key}"]`)).toHaveAccessibleName(/starred/)
})

test('Del moves to the trash, the focus goes to the next tile, nothing scrolls; Ctrl + Z brings it back', async ({
  summary,
  page,
  open,
  focusedKey,
  focusInTheMiddle,
}) => {
  await open('/files')
  const key = await focusInTheMiddle()
  const before = await page.evaluate(() => scrollY)
  const files = (await summary({})).files
  await page.keyboard.press('Delete')
  // Said once the page knows the way back.
  await expect(page.getByText(/^Moved .* to the trash/)).toBeVisible()
  await expect(page.locator(`[data-tile="${key}"]`)).toHaveCount(0)
  await expect.poll(focusedKey).not.toBeNull()
  expect(Math.abs((await page.evaluate(() => scrollY)) - before)).toBeLessThanOrEqual(1)
  expect((await summary({})).files).toBe(files - 1)
  await page.keyboard.press('Control+z')
  await expect(page.locator(`[data-tile="${key}"]`)).toHaveCount(1)
  expect((await summary({})).files).toBe(files)
})

test('Shift + Del asks first, and then it is gone for good', async ({ studio, summary, page, tiles, open }) => {
  await open('/files?kind=intermediate')
  const { files } = await summary({})
  await tiles().nth(3).focus()
  await page.keyboard.press('Shift+Delete')
  const dialog = page.getByRole('dialog', { name: 'Delete 1 intermediate for good?' })
  await expect(dialog).toBeVisible()
  await dialog.getByRole('button', { name: 'Delete for good' }).click()
  await expect.poll(async () => (await summary({})).files).toBe(files - 1)
  const inTrash = async () => (await studio.json<{ entries: unknown[] }>('/api/admin/trash')).entries.length
  await expect.poll(inTrash).toBe(0)
})

test("an interrupted job's files are kept by one press: it asks for nothing more, also after a reload", async ({
  ids,
  page,
  tiles,
  go,
  open,
}) => {
  const id = ids[special.interrupted]!
  await open(`/jobs?q=${id}`)
  const before = await tiles().count()
  await expect(page.getByText(/Stopped before it finished, \d+ files? kept/)).toBeVisible()
  await go(`/jobs/${id}`)
  await expect(page.getByText(/Stopped before it finished/)).toBeVisible()
  await page.getByRole('button', { name: 'Keep files' }).click()
  await expect(page.getByText(/Stopped before it finished/)).toBeHidden()
  await open(`/jobs?q=${id}`)
  await expect(page.getByText(/Stopped before it finished/)).toBeHidden()
  await expect(page.getByText('Interrupted', { exact: false }).first()).toBeAttached()
  expect(await tiles().count()).toBe(before)
})

test('a folder whose record is missing or broken is offered no page and no other run; its files can be kept or thrown away', async ({
  studio,
  page,
  go,
  tiles,
}) => {
  const [lost, broken] = ['20261120_010000_aaaaaa', '20261120_010100_bbbbbb']
  for (const id of [lost, broken]) {
    const picture = join(studio.directory, 'assets/output', id, 'final/a.jpg')
    await mkdir(dirname(picture), { recursive: true })
    await cp(join(studio.directory, 'assets/input/rocket.jpg'), picture)
    // Not newer than what other tests take for the newest.
    await utimes(picture, fixtureNow - 3600, fixtureNow - 3600)
    await writeFile(join(studio.directory, 'assets/output', id, '.incomplete'), '')
  }
  await writeFile(join(studio.directory, 'assets/output', broken, 'job.json'), '{"version": 1, "id":')
  for (const id of [lost, broken]) {
    await expect(async () => {
      await go(`/jobs?q=${id}`)
      await expect(page.getByRole('heading', { level: 2, name: id })).toBeVisible({ timeout: 2000 })
    }).toPass()
    await expect(page.getByRole('heading', { level: 2 }).getByRole('link')).toHaveCount(0)
    await expect(page.getByRole('button', { name: 'Trash' })).toBeVisible()
    await expect(page.getByRole('button', { name: /^Retry/ })).toHaveCount(0)
    await page.getByRole('button', { name: `More for ${id}` }).click()
    await expect(page.getByRole('menuitem', { name: 'Move 1 file to trash' })).toBeVisible()
    await expect(page.getByRole('menuitem', { name: /again|settings/ })).toHaveCount(0)
    await page.keyboard.press('Escape')
  }
  await page.getByRole('button', { name: 'Trash' }).click()
  await expect(tiles()).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(tiles()).toHaveCount(1)
  await go(`/jobs?q=${lost}`)
  await page.getByRole('button', { name: 'Keep files' }).click()
  await expect(page.getByRole('button', { name: 'Keep files' })).toBeHidden()
  await expect(tiles()).toHaveCount(1)
})
