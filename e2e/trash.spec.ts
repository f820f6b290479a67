/** @file The trash: looked at, selected and restored, by pointer and by key. */
import { expect } from 'playwright/test'
import { special } from '../scripts/fixture.mjs'
import { test } from './gallery-setting.ts'
import type { Studio } from './studio.ts'

const toTrash = (studio: Studio, jobs: readonly string[]) =>
  studio.json('/api/admin/assets/delete', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'outputs', files: jobs, trash: true }),
  })

test('what lies in the trash is looked at as any file, and restored from there', async ({
  ids,
  summary,
  page,
  go,
  tiles,
  open,
  focusedKey,
}) => {
  const group = ids[special.longNames + 8]!
  await open(`/jobs?q=${group}&kind=final`)
  const before = (await summary({ q: group })).files
  await tiles().first().focus()
  const name = (await focusedKey())!.split('/').at(-1)!
  await page.keyboard.press('Delete')
  await expect.poll(async () => (await summary({ q: group })).files).toBe(before - 1)

  await go('/trash')
  await page
    .getByRole('row')
    .first()
    .getByRole('button', { name: new RegExp(`^${name}`) })
    .click()
  const viewer = page.getByRole('dialog', { name: new RegExp(`^${name}, 1 of`) })
  await expect(viewer).toBeVisible()
  await expect(page).toHaveURL(/\/trash\?file=/)
  await expect(viewer.getByRole('button', { name: /^Star/ })).toHaveCount(0)
  // It is shown: the stage holds a picture that was decoded, or a video.
  await expect(viewer.locator('img[src*="/trash/"], video[src*="/trash/"]').first()).toBeVisible()
  await page.keyboard.press('Delete')
  await expect(page.getByRole('dialog', { name: 'Delete for good?' })).toBeVisible()
  await page.getByRole('button', { name: 'Keep' }).click()
  await viewer.focus()
  await page.keyboard.press('r')
  await expect(page.getByText('Restored 1 item')).toBeVisible()
  expect((await summary({ q: group })).files).toBe(before)
})

test('several entries of the trash are selected and restored, and all of them at once', async ({
  studio,
  ids,
  summary,
  page,
  go,
}) => {
  const jobs = ids.slice(20, 23)
  const before = (await summary({})).jobs
  await toTrash(studio, jobs)
  await go('/trash')
  const boxes = page.getByRole('row').getByRole('checkbox')
  await boxes.nth(0).check()
  await boxes.nth(1).check()
  await expect(page.getByText(/^2 items selected/)).toBeVisible()
  await expect(page.getByRole('checkbox', { name: 'Select all' })).toBeChecked({ indeterminate: true })
  await page.getByRole('button', { name: 'Restore selected' }).click()
  await expect(page.getByText('Restored 2 items')).toBeVisible()
  await expect.poll(async () => (await summary({})).jobs).toBe(before - 1)
  await expect(page.getByText('Nothing selected')).toBeVisible()
  await page.getByRole('button', { name: 'Restore all' }).click()
  await expect(page.getByRole('heading', { name: 'Empty' })).toBeVisible()
  expect((await summary({})).jobs).toBe(before)
})

test('the trash is one tab stop and goes by key: select, open, restore with a way back, delete for good', async ({
  studio,
  ids,
  summary,
  page,
  go,
}) => {
  const jobs = ids.slice(24, 29)
  const before = (await summary({})).jobs
  await toTrash(studio, jobs)
  await go('/trash')
  const rows = page.getByRole('grid', { name: 'In the trash' }).getByRole('row')
  await expect(rows).toHaveCount(5)
  const selected = page.getByRole('row', { selected: true })
  // The newest is the first.
  const names = await rows.locator('[title]:not(button)').allTextContents()
  const focused = page.locator('[data-entry] :focus')

  await page.getByRole('checkbox', { name: 'Select all' }).focus()
  await page.keyboard.press('Tab')
  await expect(focused).toContainText(names[0]!)
  await page.keyboard.press('Tab')
  expect(await focused.count()).toBe(0)
  await page.keyboard.press('Shift+Tab')
  await expect(focused).toContainText(names[0]!)

  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await expect(selected).toHaveCount(3)
  await page.keyboard.press('x')
  await expect(selected).toHaveCount(2)
  await page.keyboard.press('Control+a')
  await expect(selected).toHaveCount(5)
  await page.keyboard.press('Escape')
  await expect(selected).toHaveCount(0)
  await page.keyboard.press('End')
  await expect(focused).toContainText(names[4]!)
  await page.keyboard.press('Home')

  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(focused).toContainText(names[0]!)

  await page.keyboard.press('r')
  // Said once the page knows the way back.
  await expect(page.getByText('Restored 1 item')).toBeVisible()
  await expect(rows).toHaveCount(4)
  await expect(focused).toContainText(names[1]!)
  expect((await summary({})).jobs).toBe(before - 4)
  await page.keyboard.press('Control+z')
  await expect(rows).toHaveCount(5)
  await expect.poll(async () => (await summary({})).jobs).toBe(before - 5)
  await expect(focused).toContainText(names[1]!)

  await page.keyboard.press('Delete')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete 1 item' }).click()
  await expect(rows).toHaveCount(4)
  await expect(focused).toContainText(names[2]!)
  // To the end of the row, where its buttons are.
  await page.keyboard.press('ArrowRight')
  await expect(focused).toHaveText('Restore')
  await page.keyboard.press('Enter')
  await expect(rows).toHaveCount(3)
  await page.getByRole('button', { name: 'Restore all' }).click()
  await expect(page.getByRole('heading', { name: 'Empty' })).toBeVisible()
})
