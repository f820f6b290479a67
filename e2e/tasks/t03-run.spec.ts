/**
 * @file T3: from any page, run a workflow with new words and a picture of the library. Bar: at most 6 clicks, Ctrl + Enter
 * works; feedback within 200 ms, the first progress within 1.5 s after the engine began. By keys alone too.
 */
import { expect } from 'playwright/test'
import { until } from '../studio.ts'
import { test } from './setting.ts'

test('T3: six clicks and Ctrl + Enter, from the trash', async ({ studio, page, hand }) => {
  await studio.clear()
  await page.goto(`${studio.url}/trash`)
  await hand.click(page.getByRole('link', { name: 'Run', exact: true }).first())
  await hand.click(page.getByRole('link', { name: /Enlarge and name/ }).first())
  await hand.click(page.getByLabel('Name of the result'))
  await hand.type('a cup at dawn')
  await hand.click(page.getByRole('button', { name: 'Choose', exact: true }))
  await hand.click(page.getByRole('dialog').getByRole('button', { name: 'Picture, coffee.png' }))
  await expect(page.getByRole('dialog')).toBeHidden()
  const asked = page.locator('button[type=submit][aria-busy=true]')
  const taken = page.getByRole('button', { name: /^(Cancel|Take out)/ })
  const began = performance.now()
  await hand.press('Control+Enter')
  await expect(asked.or(taken).first()).toBeVisible()
  const feedback = performance.now() - began
  await expect(taken.first()).toBeVisible()
  const queued = performance.now() - began
  await expect(page.getByRole('progressbar', { name: 'Progress of the run' })).toBeVisible()
  const progressAt = Date.now()
  const job = await until(studio.newestJob, ({ started_at }) => started_at !== null)
  hand.score(
    { clicks: 6 },
    {
      feedback: [feedback, 200],
      queued: [queued, 1000],
      'first progress': [progressAt - job.started_at! * 1000, 1500],
    },
  )
  expect(job).toMatchObject({
    workflow: { id: 'enlarge-and-name' },
    inputs: { image: 'coffee.png', text: 'a cup at dawn' },
  })
  await expect(page.getByRole('link', { name: 'Open', exact: true }).first()).toBeVisible({ timeout: 60_000 })
})

test('T3: by keys alone', async ({ studio, page, hand }) => {
  await studio.clear()
  await page.goto(`${studio.url}/trash`)
  await hand.goTo('r', 'Run')
  await expect(page.getByRole('link', { name: /Enlarge and name/ }).first()).toBeVisible()
  await hand.tabTo(({ name }) => /Enlarge and name/.test(name))
  await hand.press('Enter')
  await expect(page.getByRole('button', { name: 'Choose', exact: true })).toBeVisible()
  await hand.tabTo(({ name, tag }) => tag !== 'A' && /^Name of the result/.test(name))
  await hand.type('a rocket at noon')
  await hand.tabTo(({ name }) => name === 'Choose')
  await hand.press('Enter')
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Picture, rocket.jpg' })).toBeVisible()
  await hand.tabTo(({ name }) => name === 'Picture, rocket.jpg')
  await hand.press('Enter')
  await expect(page.getByRole('dialog')).toBeHidden()
  await hand.press('Control+Enter')
  const job = await until(studio.newestJob, ({ inputs }) => inputs.image === 'rocket.jpg')
  expect(job.inputs.text).toBe('a rocket at noon')
  hand.score({ clicks: 0 })
  await studio.clear()
})
