/** @file Inputs in the grid of the gallery: selecting, deleting with a way back, and the jobs that used one. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import type { AssetListing, InputUses } from '#contracts/assets'
import { test } from './gallery-setting.ts'
import { until } from './studio.ts'

test('on Inputs Ctrl + A is all that the search finds; d and Del act on it, and Ctrl + Z brings it back', async ({
  studio,
  page,
  tiles,
  bar,
  open,
  focusedKey,
}) => {
  // More than the page loads at first.
  const photo = await readFile(join(studio.directory, 'assets', 'input', 'rocket.jpg'))
  for (let n = 100; n < 310; n++) await writeFile(join(studio.directory, 'assets', 'input', `shot ${n}.jpg`), photo)
  const found = async () => (await studio.json<AssetListing>('/api/admin/assets/inputs?q=shot&limit=1')).total
  await open('/inputs?q=shot')
  await expect(page.getByText('210 matches')).toBeVisible()
  await tiles().first().focus()
  await page.keyboard.press('Control+a')
  await expect(bar()).toContainText('210 files selected')
  await page.keyboard.press('x')
  await expect(bar()).toContainText('209 files selected')
  const kept = (await focusedKey())!.slice('inputs:'.length)

  const asked = page.waitForRequest('**/api/admin/zip-plans')
  const started = page.waitForEvent('download')
  await page.keyboard.press('d')
  expect((await asked).postDataJSON()).toEqual({
    type: 'inputs',
    selection: { query: { q: 'shot' }, minus: [kept] },
  })
  // It stays for seconds only: before what may take longer.
  await expect(page.getByText('Downloading 209 files')).toBeVisible()
  expect((await started).suggestedFilename()).toMatch(/^inputs_.*\.zip$/)
  await (await started).cancel()

  await page.keyboard.press('Delete')
  // Said once the page knows the way back.
  await expect(page.getByText(/^Moved .* to the trash/)).toBeVisible()
  await expect(page.getByText('1 match')).toBeVisible()
  expect(await found()).toBe(1)
  await expect.poll(focusedKey).toBe(`inputs:${kept}`)
  await page.keyboard.press('Control+z')
  await expect(page.getByText('210 matches')).toBeVisible()
  expect(await found()).toBe(210)
})

test('an input says in how many jobs it was used, and leads to them, also by key', async ({
  studio,
  addJob,
  page,
  tiles,
  open,
}) => {
  const job = '20261102_120000_abcdef'
  await addJob(job, ({ inputs }) => ({ inputs: { ...inputs, image: 'chelsea.png' } }))
  await until(
    () => studio.json<InputUses>('/api/admin/assets/inputs/uses'),
    ({ uses }) => uses['chelsea.png'] === 1,
  )
  await open('/inputs?q=chelsea')
  await expect(page.getByRole('link', { name: 'Used in 1 job: chelsea.png' })).toBeVisible()
  await tiles().first().focus()
  await page.keyboard.press('i')
  await page.getByRole('complementary', { name: 'Details' }).getByRole('link', { name: 'Used in 1 job' }).click()
  await expect(page.getByText('1 match ·')).toBeVisible()
  await expect(page.locator(`[data-tile^="outputs:${job}/"]`)).toHaveCount(1)
  await open('/inputs?q=coffee')
  await expect(page.getByText('Not used yet')).toBeVisible()
})
