/** @file T1: sign in and see the gallery. Bar: paste and Enter, at most 3 s, a password manager fills it. By keys alone. */
import { expect } from 'playwright/test'
import { apiKey } from '../studio.ts'
import { broadband, Hand, slowDown, timed } from './hand.ts'
import { desktop, test } from './setting.ts'

test('T1: paste and Enter open the gallery', async ({ studio, browser }) => {
  const context = await browser.newContext({ viewport: desktop, permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await context.newPage()
  await slowDown(context, page, broadband)
  await page.goto(studio.url)
  const field = page.getByLabel('Key', { exact: true })
  await expect(field).toBeFocused()
  await page.evaluate((key) => navigator.clipboard.writeText(key), apiKey)
  await page.waitForLoadState('networkidle')
  const hand = new Hand(page)
  const took = await timed(async () => {
    await hand.press('Control+v')
    await hand.press('Enter')
    await expect(page.locator('[data-tile] img').first()).toBeVisible()
  })
  await expect(page).toHaveURL(/\/jobs$/)
  hand.score({ clicks: 0, keys: 2 }, { 'Enter to the first picture': [took, 3000] })
  await context.close()
})

test('T1: a password manager knows the field, and what it fills in counts', async ({ studio, browser }) => {
  const page = await browser.newPage()
  await page.goto(studio.url)
  const field = page.getByLabel('Key', { exact: true })
  await expect(field).toHaveAttribute('type', 'password')
  await expect(field).toHaveAttribute('autocomplete', 'current-password')
  const form = page.locator('form', { has: field })
  await expect(form.locator('input[autocomplete="username"]')).toHaveValue('pod-studio')
  await page.waitForLoadState('networkidle')
  // As a manager does: the value is set, nobody typed.
  await field.evaluate((element: HTMLInputElement, key) => {
    element.value = key
  }, apiKey)
  await field.press('Enter')
  await expect(page).toHaveURL(/\/jobs$/)
  await page.close()
})

test('T1: Enter counts before the page is awake', async ({ studio, browser }) => {
  const page = await browser.newPage()
  let wake = () => {}
  const awake = new Promise<void>((resolve) => {
    wake = resolve
  })
  await page.route('**/_next/static/**/*.js', async (route) => {
    await awake
    await route.continue()
  })
  await page.goto(studio.url, { waitUntil: 'commit' })
  const field = page.getByLabel('Key', { exact: true })
  await field.fill(apiKey)
  await field.press('Enter')
  wake()
  await expect(page).toHaveURL(/\/jobs$/)
  await page.close()
})
