/**
 * @file Every page, in both themes, on a desktop and on a phone: it works under the content security policy, has no serious
 * accessibility fault, does not scroll sideways, and the gallery loads within its budget of script.
 */
import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, expect, type Page, test } from 'playwright/test'
import { firstRequests } from '#contracts/first-requests'
import type { Job } from '#contracts/jobs'
import { expectLargeTargets, expectNoFaults, expectNoSidewaysScroll, expectRoomForSpacedText } from './reach.ts'
import { type SignedIn, signInOnce } from './sign-in.ts'
import { type Studio, startStudio, until } from './studio.ts'

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
let signedIn: SignedIn
/** The page of a job, and the viewer over the gallery. */
let jobPage: string
let viewer: string

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
  const { outputs } = await until(
    () => studio.json<Job>(`/api/admin/jobs/${job.id}`),
    (j) => j.finished_at !== null,
  )
  jobPage = `/jobs/${job.id}`
  viewer = `/jobs?file=${encodeURIComponent(`${outputs[0]!.subfolder}/${outputs[0]!.filename}`)}`
  signedIn = await signInOnce(browser, studio.url)
})
test.afterAll(() => studio.dispose())

/** Behind the viewer there is no page for whoever uses it, once it is there. */
async function visit(page: Page, path: string): Promise<void> {
  await page.goto(studio.url + path)
  await expect(path === viewer ? page.getByRole('dialog') : page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.getByText('Loading…')).toHaveCount(0)
}

/** Opens a page and collects what the browser complains about. */
async function open(context: BrowserContext, path: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await visit(page, path)
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
          await expect(page.locator('html')).toHaveClass(new RegExp(colorScheme))
          await expectNoFaults(page, path)
          await expectNoSidewaysScroll(page, path)
          await expectLargeTargets(page, path)
          expect(complaints, `complaints of ${path}`).toEqual([])
          await page.close()
        })
      }
      await context.close()
    })
  }
}

const states: { name: string; on: string[]; show: (page: Page) => Promise<void> }[] = [
  {
    name: 'the viewer with its panel',
    on: ['desktop', 'tablet', 'phone'],
    async show(page) {
      await firstTile(page).click()
      const details = page.getByRole('button', { name: 'Details (i)' }).and(page.locator(':visible'))
      if ((await details.getAttribute('aria-pressed')) !== 'true') await details.click()
      await expect(page.getByRole('heading', { name: 'File', exact: true })).toBeVisible()
    },
  },
  {
    name: 'the details beside the grid',
    on: ['desktop', 'tablet'],
    async show(page) {
      await firstTile(page).focus()
      await page.keyboard.press('i')
      await expect(page.getByRole('complementary', { name: 'Details' })).toContainText('Remove the background')
    },
  },
  {
    name: 'two files compared',
    on: ['desktop', 'tablet', 'phone'],
    async show(page) {
      await firstTile(page).click()
      await page
        .getByRole('button', { name: /^Compare \(c\)/ })
        .and(page.locator(':visible'))
        .click()
      const details = page.getByRole('button', { name: 'Details (i)' }).and(page.locator(':visible'))
      if ((await details.getAttribute('aria-pressed')) !== 'true') await details.click()
      await page.getByRole('button', { name: 'Compare with astronaut.png' }).click()
      await expect(page.getByRole('slider', { name: 'Line between A and B' })).toBeVisible()
    },
  },
  {
    name: 'the shortcut sheet',
    on: ['desktop', 'tablet'],
    async show(page) {
      await page.keyboard.press('?')
      await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
    },
  },
  {
    name: 'a selection',
    on: ['desktop', 'tablet', 'phone'],
    async show(page) {
      await page.getByRole('button', { name: 'Keep selecting' }).click()
      await firstTile(page).click()
      await expect(page.getByRole('region', { name: 'Selection' })).toContainText('1 final selected')
    },
  },
  {
    name: "a job's menu",
    on: ['desktop', 'tablet', 'phone'],
    async show(page) {
      await page
        .getByRole('button', { name: /^More for/ })
        .first()
        .click()
      await expect(page.getByRole('menu')).toBeVisible()
    },
  },
  {
    name: 'the other pages',
    on: ['phone'],
    async show(page) {
      await page.getByRole('button', { name: 'More', exact: true }).click()
      await expect(page.getByRole('menuitem', { name: 'Trash' })).toBeVisible()
    },
  },
]
const firstTile = (page: Page) => page.locator('[data-tile]').first()
const tablet = { name: 'tablet', viewport: { width: 820, height: 1180 }, isMobile: true, hasTouch: true }

for (const { name, ...screen } of [screens[0]!, tablet, screens[1]!]) {
  for (const colorScheme of ['dark', 'light'] as const) {
    test(`what opens over the gallery is sound on ${name}, ${colorScheme}`, async ({ browser }) => {
      const context = await browser.newContext({
        ...screen,
        colorScheme,
        reducedMotion: 'reduce',
        storageState: signedIn,
      })
      await context.addInitScript((theme) => localStorage.setItem('theme', theme), colorScheme)
      for (const state of states.filter(({ on }) => on.includes(name))) {
        await test.step(state.name, async () => {
          const { page, complaints } = await open(context, '/jobs?kind=final')
          await expect(firstTile(page)).toBeVisible()
          await state.show(page)
          await expectNoFaults(page, state.name)
          await expectNoSidewaysScroll(page, state.name)
          await expectLargeTargets(page, state.name)
          expect(complaints, `complaints of ${state.name}`).toEqual([])
          await page.close()
        })
      }
      await context.close()
    })
  }
}

test('at 200 % and with spaced text every page keeps its words and scrolls one way only', async ({ browser }) => {
  // A window of 1280 px at 200 %: 640 px of layout. The narrowest that counts is 320 px.
  for (const viewport of [
    { width: 640, height: 400 },
    { width: 320, height: 640 },
  ]) {
    const context = await browser.newContext({
      viewport,
      screen: viewport,
      deviceScaleFactor: 2,
      storageState: signedIn,
    })
    const page = await context.newPage()
    for (const path of [...pages, jobPage, viewer]) {
      await visit(page, path)
      await expectNoSidewaysScroll(page, `${path} at ${viewport.width} px`)
      await expectRoomForSpacedText(page, `${path} at ${viewport.width} px`)
    }
    await context.close()
  }
})

test('every stop of the Tab key is seen, on every page', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, storageState: signedIn })
  const page = await context.newPage()
  for (const path of [...pages, jobPage, viewer]) {
    await visit(page, path)
    let stops = 0
    while ((await tabOn(page, `stop ${stops + 1} of ${path}`)) && stops < mostStops) stops++
    // The way ended at the end of the page: nothing holds the focus, and nothing was left out.
    expect(stops, path).toBeGreaterThan(3)
    expect(stops, path).toBeLessThan(mostStops)
  }
  await context.close()
})

const mostStops = 120

/** Goes on by Tab, to what has to be seen and have a ring. @returns false at the end of the page */
async function tabOn(page: Page, what: string): Promise<boolean> {
  await page.keyboard.press('Tab')
  const fault = await page.evaluate(() => {
    const focused = document.activeElement
    if (!(focused instanceof HTMLElement) || focused === document.body) return null
    // A choice that is drawn by its label shows its focus there.
    const drawn =
      (focused instanceof HTMLInputElement && focused.type === 'radio' && focused.closest('label')) || focused
    const { outlineStyle, outlineWidth } = getComputedStyle(drawn)
    const { top, bottom, left, right } = drawn.getBoundingClientRect()
    const middle = document.elementFromPoint((left + right) / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2)
    const covered = middle === null || !(drawn.contains(middle) || middle.contains(drawn))
    const name = focused.ariaLabel ?? focused.textContent?.slice(0, 30)
    if (outlineStyle === 'none' || outlineWidth === '0px') return `${name}: no ring`
    return covered ? `${name}: covered` : ''
  })
  if (fault === null) return false
  expect(fault, what).toBe('')
  return true
}

test('whoever asked for less motion gets none', async ({ browser }) => {
  const context = await browser.newContext({ storageState: signedIn, reducedMotion: 'reduce' })
  const { page } = await open(context, '/jobs')
  await expect(firstTile(page)).toBeVisible()
  const moving = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('*')]
        .filter((element) => {
          const { animationName, transitionProperty, scrollBehavior } = getComputedStyle(element)
          return animationName !== 'none' || transitionProperty !== 'none' || scrollBehavior === 'smooth'
        })
        .map((element) => element.tagName),
    )
  expect(await moving()).toEqual([])
  await firstTile(page).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  expect(await moving()).toEqual([])
  await context.close()
})

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

test('what a document names in advance is asked for once, and its scripts come packed', async ({ browser }) => {
  const context = await browser.newContext({ storageState: signedIn })
  const plain: string[] = []
  for (const path of ['/jobs', '/files']) {
    const page = await context.newPage()
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url().slice(studio.url.length)))
    page.on('response', (response) => {
      if (/\.(js|css)$/.test(response.url()) && response.headers()['content-encoding'] === undefined)
        plain.push(response.url())
    })
    await page.goto(studio.url + path)
    // It has got what it asked for at first. After a while it asks again.
    await expect(page.getByTitle(/^Engine /).first()).toBeAttached()
    await expect(firstTile(page)).toBeVisible()
    for (const address of Object.values(firstRequests)) {
      expect([path, address, asked.filter((url) => url === address).length]).toEqual([path, address, 1])
    }
    await page.waitForLoadState('networkidle')
    await page.close()
  }
  expect(plain).toEqual([])
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
