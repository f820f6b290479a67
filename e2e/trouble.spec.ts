/**
 * @file What a page says when something is wrong: the engine, the line, the session. The studio has no engine here; states that
 * only others would bring are put into its answers on the way to the browser.
 */
import { type Browser, expect, type Page, test } from 'playwright/test'
import sharp from 'sharp'
import type { EngineState, System } from '#contracts/system'
import type { WorkflowList } from '#contracts/workflows'
import { expectLargeTargets, expectNoFaults, expectNoSidewaysScroll } from './reach.ts'
import { type SignedIn, signInOnce } from './sign-in.ts'
import { apiKey, type Studio, startStudio } from './studio.ts'

let studio: Studio
let signedIn: SignedIn

test.beforeAll(async ({ browser }) => {
  studio = await startStudio({ environment: { ENGINE_URL: 'http://127.0.0.1:9' } })
  signedIn = await signInOnce(browser, studio.url)
})
test.afterAll(() => studio.dispose())

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }
const screens = [
  { name: 'desktop, dark', theme: 'dark', viewport: { width: 1440, height: 900 } },
  { name: 'phone, light', theme: 'light', ...phone },
] as const

/** What the workflow of the page lacks. */
async function missingOf(page: Page): Promise<string[]> {
  const id = new URL(page.url()).pathname.split('/').at(-1)
  const { workflows } = await studio.json<WorkflowList>('/api/admin/workflows')
  return workflows.find((workflow) => workflow.id === id)!.missing.models
}

test('a phone that puts the studio on its home screen gets icons of the sizes that are said, without a key', async () => {
  const manifest = await (await fetch(`${studio.url}/manifest.webmanifest`)).json()
  const icons = (manifest.icons as { src: string; sizes: string; type: string; purpose?: string }[]).filter(
    ({ type }) => type === 'image/png',
  )
  expect(icons.map(({ sizes, purpose = 'any' }) => `${sizes} ${purpose}`)).toEqual([
    '192x192 any',
    '512x512 any',
    '512x512 maskable',
  ])
  const login = await (await fetch(`${studio.url}/login`)).text()
  const apple = /<link rel="apple-touch-icon" href="([^"]+)"/.exec(login)![1]!.replaceAll('&amp;', '&')
  for (const { src, sizes } of [...icons, { src: apple, sizes: '180x180' }]) {
    const { width, height } = await sharp(await (await fetch(studio.url + src)).arrayBuffer()).metadata()
    expect(`${width}x${height}`, src).toBe(sizes)
  }
})

for (const { name, theme, ...screen } of screens) {
  /** A page whose telemetry says this of the engine; it is asked for, as the stream of events is cut. */
  const withPage = async (browser: Browser, use: (page: Page) => Promise<void>) => {
    const context = await browser.newContext({ ...screen, storageState: signedIn, reducedMotion: 'reduce' })
    await context.addInitScript((chosen) => localStorage.setItem('theme', chosen), theme)
    const page = await context.newPage()
    await use(page)
    // The page asks again and again: the answer that is just being changed must not find it closed.
    await page.unrouteAll({ behavior: 'wait' })
    await context.close()
  }
  const saysOfEngine = async (page: Page, engine: Partial<EngineState>) => {
    await page.route('**/api/admin/events*', (route) => route.abort())
    await page.route('**/api/admin/system', async (route) => {
      const answer = await route.fetch()
      const system = (await answer.json()) as System
      await route.fulfill({ response: answer, json: { ...system, engine: { ...system.engine, since: 1, ...engine } } })
    })
  }
  const expectSound = async (page: Page, what: string) => {
    await expectNoFaults(page, what)
    await expectNoSidewaysScroll(page, what)
    await expectLargeTargets(page, what)
  }
  const banner = (page: Page) => page.getByRole('alert').filter({ hasText: 'Engine' })

  test(`an engine that is down says who starts it again, on ${name}`, async ({ browser }) => {
    await withPage(browser, async (page) => {
      await saysOfEngine(page, { state: 'down' })
      await page.goto(`${studio.url}/queue`)
      await expect(banner(page)).toContainText('The studio did not start it (ENGINE_URL)')
      await expect(banner(page)).not.toContainText('being started again')
      await expect(page.getByRole('button', { name: 'Restart engine' })).toHaveCount(0)
      await expectSound(page, 'an engine of somebody else that is down')

      await page.unrouteAll({ behavior: 'wait' })
      await saysOfEngine(page, { state: 'down', external: false })
      await page.reload()
      await expect(banner(page)).toContainText('It is being started again')
      await expect(banner(page).getByRole('button', { name: 'Restart engine' })).toBeVisible()
      await expectSound(page, 'an engine that is down')
    })
  })

  test(`an engine that is not ours is said, on ${name}`, async ({ browser }) => {
    await withPage(browser, async (page) => {
      await saysOfEngine(page, { state: 'incompatible', detail: 'it is something else' })
      await page.goto(`${studio.url}/queue`)
      await expect(banner(page)).toContainText('Engine incompatible. It is something else.')
      await expectSound(page, 'an incompatible engine')
    })
  })

  test(`a line that broke is said over the page, on ${name}`, async ({ browser }) => {
    await withPage(browser, async (page) => {
      await page.goto(`${studio.url}/queue`)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await page.route('**/api/admin/**', (route) => route.abort())
      await page.reload()
      await expect(page.getByRole('alert').filter({ hasText: 'Reconnecting to the pod' })).toBeVisible()
      await expectSound(page, 'a broken line')
    })
  })

  test(`a session that ended asks for the key over the page, which stays, on ${name}`, async ({ browser }) => {
    await withPage(browser, async (page) => {
      await page.goto(`${studio.url}/jobs?q=lighthouse`)
      const search = page.getByRole('searchbox', { name: 'Search jobs' })
      await expect(search).toHaveValue('lighthouse')
      // The server draws the field with its value; what was found, only a page that listens says.
      await expect(page.getByText('No files match “lighthouse”')).toBeVisible()
      await page.context().clearCookies()
      // The next thing the page asks for tells.
      await search.fill('car')
      const dialog = page.getByRole('dialog', { name: 'Signed out' })
      await expect(dialog).toBeVisible()
      await expectSound(page, 'an ended session')
      await dialog.getByLabel('Key', { exact: true }).fill(apiKey)
      await page.keyboard.press('Enter')
      await expect(dialog).toHaveCount(0)
      await expect(search).toHaveValue('car')
    })
  })

  test(`a new pod says how its parts stand and offers a workflow that runs, on ${name}`, async ({ browser }) => {
    await withPage(browser, async (page) => {
      await page.goto(`${studio.url}/jobs`)
      await expect(page.getByRole('heading', { name: 'Nothing made yet' })).toBeVisible()
      const parts = page.getByRole('list', { name: 'This pod' }).getByRole('listitem')
      await expect(parts.filter({ hasText: 'Engine' })).toHaveText(/^Engine needs you:\s*stopped/)
      await expect(parts.filter({ hasText: 'GPU' })).toContainText(/None found|NVIDIA/)
      await expect(parts.filter({ hasText: 'Disk' })).toContainText('free')
      await expect(parts.filter({ hasText: 'Models' })).toContainText(/\d+ of \d+ .* \d+ to download/)
      await expectSound(page, 'a new pod')
      if (name.startsWith('phone')) {
        await expect(page.getByRole('button', { name: 'More, with something that needs you' })).toBeVisible()
      }
      await page.getByRole('link', { name: /^Try “/ }).click()
      await expect(page.getByRole('button', { name: 'Queue (engine is down)' })).toBeVisible()
      expect(await missingOf(page)).toEqual([])
    })
  })

  test(`the login page is sound, on ${name}`, async ({ browser }) => {
    const context = await browser.newContext(screen)
    await context.addInitScript((chosen) => localStorage.setItem('theme', chosen), theme)
    const page = await context.newPage()
    await page.goto(`${studio.url}/login`)
    await expect(page.locator('html')).toHaveClass(new RegExp(theme))
    await expectSound(page, 'the login page')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.getByText('Paste the key of this pod.')).toBeVisible()
    await expectSound(page, 'the login page that lacks a key')
    await context.close()
  })
}
