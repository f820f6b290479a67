/** @file T7: run a result again with one value changed. Bar: at most 3 actions from the viewer; all other values the same. */
import { expect } from 'playwright/test'
import { until } from '../studio.ts'
import { finalsOf, openGallery, test, tileOf } from './setting.ts'

test('T7: use the settings, change one, run', async ({ studio, softened, page, hand }) => {
  const source = softened[1]!
  await openGallery(page, studio)
  await tileOf(page, finalsOf(source)[0]!).click()
  await expect(page.getByRole('dialog').first()).toBeVisible()

  await hand.click(page.getByRole('button', { name: 'Use these settings' }).first())
  await expect(page).toHaveURL(/\/run\/soften\?from=/)
  const radius = page.getByRole('spinbutton', { name: 'Radius' })
  await expect(radius).toHaveValue(String(source.inputs.radius))
  await hand.click(radius)
  await hand.type('21')
  await hand.press('Control+Enter')
  const job = await until(studio.newestJob, ({ inputs }) => inputs.radius === 21)
  expect(job.inputs).toEqual({ ...source.inputs, radius: 21 })
  // The click into the field and what is typed there are one action: changing a value.
  hand.score({ clicks: 2, keys: 1, actions: 4 })
})

test('T7: by keys alone', async ({ studio, softened, page, hand }) => {
  const source = softened[1]!
  await openGallery(page, studio)
  await tileOf(page, finalsOf(source)[0]!).press('Enter')
  await expect(page.getByRole('dialog').first()).toBeVisible()

  await hand.press('u')
  await expect(page.getByRole('spinbutton', { name: 'Radius' })).toHaveValue(String(source.inputs.radius))
  await hand.tabTo(({ name, type }) => type === 'number' && /Radius/.test(name))
  await hand.type('23')
  await hand.press('Control+Enter')
  const job = await until(studio.newestJob, ({ inputs }) => inputs.radius === 23)
  expect(job.inputs).toEqual({ ...source.inputs, radius: 23 })
  hand.score({ clicks: 0 })
})
