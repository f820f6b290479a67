/**
 * @file Every page, in both themes, on a desktop and on a phone: it works under the content security policy, has no serious
 * accessibility fault, does not scroll sideways, and the gallery loads within its budget of script.
 */
import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, expect, type Page, test } from 'playwright/test'
import type { Job } from '#contracts/jobs'
import { apiKey, type Studio, startStudio, until } from './studio.ts'

const pages = [
  '/jobs',
  '/files',
  '/run',
  '/run/upscale-2x',
  '/queue',
  '/inputs',
  '/models',
  '/pod',
  '/trash',
  '/settings',
]
const screens = [
  { name: 'desktop', viewport: { width: 1440, height: 900 } },
  { name: 'phone', viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
]

let studio: Studio
let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>

test.beforeAll(async ({ browser }) => {
  studio = await startStudio()
  await until(
    () => studio.json<{ engine: { state: string } }>('/api/admin/system'),
    (s) => s.engine.state === 'ready',
  )
  const job = await studio.json<Job>('/api/admin/jobs', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ workflow: 'remove-background', inputs: { image: 'astronaut.png' } }),
  })
  await until(
    () => studio.json<Job>(`/api/admin/jobs/${job.id}`),
    (j) => j.finished_at !== null,
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

/** Opens a page and collects what the browser complains about. */
async function open(context: BrowserContext, path: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(studio.url + path)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  return { page, complaints }
}

for (const { name, ...screen } of screens) {
  for (const colorScheme of ['dark', 'light'] as const) {
    test(`pages are sound on ${name}, ${colorScheme}`, async ({ browser }) => {
      const context = await browser.newContext({
        ...screen,
        colorScheme,
        reducedMotion: 'reduce',
        storageState: signedIn,
      })
      // The studio is dark until a person says otherwise, whatever the system prefers.
      await context.addInitScript((theme) => localStorage.setItem('theme', theme), colorScheme)
      for (const path of pages) {
        await test.step(path, async () => {
          const { page, complaints } = await open(context, path)
          await expect(page.getByText('Loading…')).toHaveCount(0)
          await expect(page.locator('html')).toHaveClass(new RegExp(colorScheme))
          const axe = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
          const faults = axe.violations
            .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
            .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`)
          expect(faults, `accessibility of ${path}`).toEqual([])
          // Against the screen's own width: a phone's layout grows along with a page that is too wide.
          const width = await page.evaluate(() => document.documentElement.scrollWidth)
          expect(width, `width of ${path}`).toBeLessThanOrEqual(screen.viewport.width)
          expect(complaints, `complaints of ${path}`).toEqual([])
          await page.close()
        })
      }
      await context.close()
    })
  }
}

test('the login page is sound without a session', async ({ browser }) => {
  const context = await browser.newContext()
  const { page, complaints } = await open(context, '/login')
  const axe = await new AxeBuilder({ page }).analyze()
  expect(
    axe.violations.filter((violation) => violation.impact === 'critical' || violation.impact === 'serious'),
  ).toEqual([])
  expect(complaints).toEqual([])
  await context.close()
})

test('the gallery loads at most 200 kB of script, gzipped', async ({ browser }) => {
  const { gzipSync } = await import('node:zlib')
  const context = await browser.newContext({ storageState: signedIn })
  const page = await context.newPage()
  const bodies: Promise<number>[] = []
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script')
      bodies.push(response.body().then((body) => gzipSync(body).length))
  })
  await page.goto(`${studio.url}/jobs`)
  await expect(page.getByRole('gridcell').first()).toBeVisible()
  await page.waitForLoadState('networkidle').catch(() => undefined)
  const total = (await Promise.all(bodies)).reduce((sum, size) => sum + size, 0)
  expect(total).toBeLessThanOrEqual(200_000)
  await context.close()
})

test('a page never carries a script without the nonce of its answer', async () => {
  const response = await studio.request('/jobs', { headers: { Accept: 'text/html' } })
  const policy = response.headers.get('content-security-policy')!
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]
  expect(nonce).toBeTruthy()
  expect(policy).not.toContain("script-src 'self' 'unsafe-inline'")
  const html = await response.text()
  for (const [tag] of html.matchAll(/<script\b[^>]*>/g)) expect(tag).toContain(`nonce="${nonce}"`)
})
