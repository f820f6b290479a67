/**
 * @file The pages around cleaning the disk (the task itself: e2e/tasks/t09): sound in both themes and on three screens; the
 * engine is restarted from its page.
 */
import { mkdir, mkdtemp, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from 'playwright/test'
import sharp from 'sharp'
import type { Job, JobList } from '#contracts/jobs'
import type { System } from '#contracts/system'
import { type SignedIn, signIn, signInOnce } from './sign-in.ts'
import { type Studio, startStudio, until } from './studio.ts'

const jobs = ['20260101_100000_aaaaaa', '20260102_100000_bbbbbb']
/** Samples and models of the first start do not count against it; the files below are 44 of 50 MB. */
const quota = 50_000_000

let studio: Studio
let signedIn: SignedIn

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
  await discarded(directory, old)
  await mkdir(join(directory, 'assets/input'), { recursive: true })
  await sharp({ create: { width: 96, height: 64, channels: 3, background: 'teal' } })
    .png()
    .toFile(join(directory, 'assets/input/teal.png'))
  studio = await startStudio({ directory, environment: { STUDIO_QUOTA_BYTES: String(quota) } })
  await until(
    () => studio.json<System>('/api/admin/system'),
    ({ engine, disk }) => engine.state === 'ready' && disk.level === 'warn',
  )
  signedIn = await signInOnce(browser, studio.url)
})
test.afterAll(() => studio.dispose())

/** A file that lies in the trash for longer than it is kept: the studio deletes it when it starts. */
async function discarded(directory: string, at: number): Promise<void> {
  const folder = join(directory, 'trash', 'old')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'item'), Buffer.alloc(3_000_000))
  const entry = { id: 'old', type: 'inputs', path: 'old.png', is_directory: false, size: 3_000_000, trashed_at: at }
  await writeFile(join(folder, 'entry.json'), JSON.stringify(entry))
}

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

test('one of the largest jobs goes to the trash from the list, and comes back', async ({ browser }) => {
  const context = await browser.newContext({ storageState: signedIn })
  const page = await context.newPage()
  await page.goto(`${studio.url}/pod`)
  const row = page.getByRole('region', { name: 'Largest jobs' }).getByRole('listitem').filter({ hasText: jobs[0]! })
  await row.getByRole('button', { name: `Move ${jobs[0]} (22 MB) to the trash` }).click()
  await expect(row).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(row).toBeVisible()
  await context.close()
})

test('a trash that the studio emptied by itself is said to who comes later, once', async ({ browser }) => {
  const context = await browser.newContext({ storageState: signedIn })
  const page = await context.newPage()
  const said = page.getByText('1 deletion in the trash became final, 3 MB freed')
  await page.goto(`${studio.url}/queue`)
  await expect(async () => {
    await page.mouse.move(300, 300)
    await page.mouse.move(310, 300)
    await expect(said).toBeVisible({ timeout: 1000 })
  }).toPass()
  await expect(page.getByText('They had been there for as long as the settings say.')).toBeVisible()

  const askFor = /\/api\/admin\/events\?types=trash\.purged/
  let asked = false
  page.on('request', (request) => {
    asked ||= askFor.test(request.url())
  })
  const answered = page.waitForResponse(askFor)
  await page.goto(`${studio.url}/trash`)
  // A key that comes before the page is awake is no use of it.
  await expect
    .poll(async () => {
      await page.keyboard.press('Shift')
      return asked
    })
    .toBe(true)
  await (await answered).finished()
  await expect(said).toHaveCount(0)
  await context.close()
})

test('on a full disk Run says what the last runs needed, and nothing of what never ran', async ({ browser }) => {
  const run = await studio.json<Job>('/api/admin/jobs', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ workflow: 'remove-background', inputs: { image: 'teal.png' } }),
  })
  const { outputs } = await until(
    () => studio.json<Job>(`/api/admin/jobs/${run.id}`),
    (job) => job.finished_at !== null,
  )
  const needed = outputs.reduce((sum, { size }) => sum + size, 0)
  const context = await browser.newContext({ storageState: signedIn })
  const page = await context.newPage()
  await page.route('**/api/admin/events*', (route) => route.abort())
  await page.route('**/api/admin/system', async (route) => {
    const answer = await route.fetch()
    const system = (await answer.json()) as System
    await route.fulfill({ response: answer, json: { ...system, disk: { ...system.disk, level: 'full', free: 2e9 } } })
  })
  await page.goto(`${studio.url}/run/remove-background`)
  const words = page.getByText(/^Not enough space/)
  await expect(words).toHaveText(/^Not enough space: needs about [\d.]+ (kB|MB), 2 GB left\. Free some in Pod first\.$/)
  const [, amount, unit] = /about ([\d.]+) (kB|MB)/.exec((await words.textContent())!)!
  expect(Number(amount) * (unit === 'MB' ? 1e6 : 1e3)).toBeCloseTo(needed, -2)
  await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeDisabled()
  await page.goto(`${studio.url}/run/upscale-4x`)
  await expect(words).toHaveText('Not enough space: 2 GB left. Free some in Pod first.')
  // One that is still being answered would fail with the page that goes.
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await context.close()
})

test('thumbnails are made anew from the settings, after their size was said', async ({ browser }) => {
  const context = await browser.newContext({ storageState: signedIn })
  const page = await context.newPage()
  // All there can be are there: one still being made for an earlier job would come after the others went.
  const { jobs: ended } = await studio.json<JobList>('/api/admin/jobs?limit=50')
  const files = ended.flatMap(({ outputs }) => outputs.map(({ subfolder, filename }) => `${subfolder}/${filename}`))
  for (const path of ['inputs/teal.png', ...files.map((file) => `outputs/${file}`)]) {
    for (const width of [320, 480, 1280]) {
      expect((await studio.request(`/api/admin/thumbnails/${path}?w=${width}`)).status, path).toBe(200)
    }
  }
  const used = async () => (await studio.json<System>('/api/admin/system')).disk.used_by.cache
  await until(used, (bytes) => bytes > 0)
  await page.goto(`${studio.url}/settings`)
  await expect(page.getByText(/^They take [\d.]+ (bytes|kB) on the pod\./)).toBeVisible()
  await page.getByRole('button', { name: 'Make them anew' }).click()
  await expect(page.getByText(/of thumbnails go, and are made anew when looked at/)).toBeVisible()
  expect(await used()).toBe(0)
  await context.close()
})

test('the settings say whose key it is and how it is changed; signing out everywhere ends the other browsers, too', async ({
  browser,
}) => {
  const [here, there] = [await browser.newContext({ storageState: signedIn }), await browser.newContext()]
  const [page, other] = [await here.newPage(), await there.newPage()]
  await signIn(other, studio.url)
  await page.goto(`${studio.url}/settings`)
  await expect(page.getByRole('heading', { name: `The key of ${new URL(studio.url).host}` })).toBeVisible()
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.waitForURL(/\/login/)
  expect((await other.request.get(`${studio.url}/api/admin/system`)).status()).toBe(401)
  await here.close()
  await there.close()
})
