/**
 * @file Cleaning the disk as a person does: from the warning to freed space in few clicks, with sizes said before, a way back
 * and finals untouched; and the pages around it in both themes and on three screens.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, expect, type Page, test } from 'playwright/test'
import type { System } from '#contracts/system'
import { apiKey, type Studio, startStudio, until } from './studio.ts'

const jobs = ['20260101_100000_aaaaaa', '20260102_100000_bbbbbb']
/** Samples and models of the first start do not count against it; the files below are 44 of 50 MB. */
const quota = 50_000_000

let studio: Studio
let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>
const output = (...parts: string[]) => join(studio.directory, 'assets', 'output', ...parts)

test.beforeAll(async ({ browser }) => {
  const directory = await mkdtemp(join(tmpdir(), 'studio-e2e-'))
  const old = Date.now() / 1000 - 9 * 86_400
  for (const job of jobs) {
    for (const [kind, bytes] of [
      ['final', 1_000_000],
      ['intermediate', 10_000_000],
    ] as const) {
      const folder = join(directory, 'assets', 'output', job, kind)
      await mkdir(folder, { recursive: true })
      for (const name of ['a.png', 'b.png']) {
        await writeFile(join(folder, name), Buffer.alloc(bytes, 1))
        await utimes(join(folder, name), old, old)
      }
    }
  }
  studio = await startStudio({ directory, environment: { STUDIO_QUOTA_BYTES: String(quota) } })
  await until(
    () => studio.json<System>('/api/admin/system'),
    ({ engine, disk }) => engine.state === 'ready' && disk.level === 'warn',
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

const screens = [
  { name: 'desktop', viewport: { width: 1440, height: 900 } },
  { name: 'tablet', viewport: { width: 834, height: 1112 } },
  { name: 'phone', viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
]

async function expectSound(page: Page, path: string, theme: string, width: number): Promise<void> {
  await page.goto(studio.url + path)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.getByText('Loading…')).toHaveCount(0)
  if (path === '/pod') await expect(page.getByRole('heading', { name: 'What can go' })).toBeVisible()
  const axe = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
  const faults = axe.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
  expect(faults, `accessibility of ${path}`).toEqual([])
  await expect(page.locator('html')).toHaveClass(new RegExp(`\\b${theme}\\b`))
  // A phone's viewport grows with what does not fit, so the page is measured against the screen itself.
  const wide = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(wide, `width of ${path}`).toBeLessThanOrEqual(width)
}

for (const { name, ...screen } of screens) {
  for (const colorScheme of ['dark', 'light'] as const) {
    test(`pod, models, trash and settings are sound on ${name}, ${colorScheme}`, async ({ browser }) => {
      const options = { ...screen, colorScheme, reducedMotion: 'reduce' as const, storageState: signedIn }
      const context = await browser.newContext(options)
      // The studio is dark unless somebody chose otherwise, whatever the system prefers.
      await context.addInitScript((theme) => localStorage.setItem('theme', theme), colorScheme)
      const page = await context.newPage()
      for (const path of ['/pod', '/models', '/trash', '/settings']) {
        await expectSound(page, path, colorScheme, screen.viewport.width)
        const folder = process.env.STUDIO_SHOTS
        if (folder) {
          await page.waitForTimeout(500)
          await page.screenshot({ path: join(folder, `${path.slice(1)}-${name}-${colorScheme}.png`), fullPage: true })
        }
      }
      await context.close()
    })
  }
}

test('old intermediates go in five clicks from the warning, one comes back in two, finals stay', async ({
  browser,
}) => {
  const context = await browser.newContext({ storageState: signedIn, viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.goto(`${studio.url}/jobs`)
  const clicks = { free: 0, restore: 0 }
  const click = async (what: keyof typeof clicks, target: ReturnType<Page['getByRole']>) => {
    clicks[what]++
    await target.click()
  }

  await click('free', page.getByRole('link', { name: 'Free space' }))
  await click('free', page.getByRole('checkbox', { name: /4 intermediates older than 3 days, of 2 jobs/ }))
  // The size is said before anything happens.
  await expect(page.getByRole('button', { name: /Delete now, free 40 MB/ })).toBeVisible()
  await click('free', page.getByRole('button', { name: 'Move 40 MB to the trash' }))
  await expect(page.getByText('It still takes its space')).toBeVisible()
  expect((await studio.json<System>('/api/admin/system')).disk.level).toBe('warn')

  await click('restore', page.getByRole('link', { name: 'Look in the trash' }))
  await click('restore', page.getByRole('button', { name: 'Restore' }).first())
  await expect(page.getByText('Restored 1 item')).toBeVisible()

  await click('free', page.getByRole('button', { name: /Empty, free 30 MB/ }))
  await click('free', page.getByRole('button', { name: 'Delete 3 items' }))
  await until(
    () => studio.json<System>('/api/admin/system'),
    ({ disk }) => disk.level === 'ok' && disk.used_by.trash === 0,
  )
  expect(clicks).toEqual({ free: 5, restore: 2 })
  const left = await Promise.all(jobs.map((job) => readdir(output(job, 'intermediate')).catch(() => [])))
  expect(left.flat().length).toBe(1)
  for (const job of jobs)
    for (const name of ['a.png', 'b.png']) expect(existsSync(output(job, 'final', name))).toBe(true)
  await context.close()
})

test('the engine is restarted from the page, and its log grows', async ({ browser }) => {
  const context = await browser.newContext({ storageState: signedIn })
  const page = await context.newPage()
  await page.goto(`${studio.url}/pod`)
  const before = (await studio.json<System>('/api/admin/system')).engine.restarts
  await page.getByRole('button', { name: 'Restart engine' }).click()
  await until(
    () => studio.json<System>('/api/admin/system'),
    ({ engine }) => engine.restarts === before + 1 && engine.state === 'ready',
  )
  const log = page.getByRole('region', { name: 'Engine log' })
  await expect(log.getByText('The engine ended, as asked')).toBeVisible()
  await page.getByRole('searchbox', { name: 'Search the log' }).fill('no line says this')
  await expect(log.getByText('No lines.')).toBeVisible()
  await context.close()
})
