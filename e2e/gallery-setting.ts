/**
 * @file Where the tests of the gallery take place: one studio without an engine on a seeded gallery (80 jobs, 1,200
 * files) and a browser that is signed in. The studio is made once and shared by the test files that run after each other:
 * a test leaves it as others can use it, and counts on nothing that another one left.
 */
import { cp, mkdir, mkdtemp, readFile, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test as base, expect, type Locator } from 'playwright/test'
import type { JobRecord } from '#contracts/jobs'
import type { OutputSummary } from '#contracts/outputs'
import type { System } from '#contracts/system'
import { makeFixture, special } from '../scripts/fixture.mjs'
import { type SignedIn, signInOnce } from './sign-in.ts'
import { type Studio, startStudio, until } from './studio.ts'

interface PerTest {
  tiles: () => Locator
  /** the bar of a selection */
  bar: () => Locator
  /** Opens a page and waits for the notice above it, which pushes the page down when it comes. */
  go: (path: string) => Promise<void>
  /** The same, and waits until tiles are there, and with them the whole list. */
  open: (path: string) => Promise<void>
  /** Key of the tile that has the focus. */
  focusedKey: () => Promise<string | null>
  /** Where a tile begins, from the top of the window. */
  topOf: (key: string) => Promise<number>
  /** Scrolls some screens down and gives the focus to a tile in the middle of the screen. @returns its key */
  focusInTheMiddle: () => Promise<string>
}

interface PerRun {
  seeded: { directory: string; ids: string[] }
  studio: Studio
  signedIn: SignedIn
  /** Ids of the seeded jobs, newest first. */
  ids: string[]
  /** How much a query finds, of the server. */
  summary: (query: object) => Promise<OutputSummary>
  /** A job of the fixture again, as another one, with the files that its record names then. */
  addJob: (id: string, change: (record: JobRecord) => object) => Promise<void>
}

export const test = base.extend<PerTest, PerRun>({
  seeded: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameters' names
    async ({}, use) => {
      const directory = await mkdtemp(join(tmpdir(), 'studio-gallery-'))
      const { ids } = await makeFixture({ directory, jobs: 80, files: 1200 })
      await use({ directory, ids })
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  studio: [
    async ({ seeded: { directory } }, use) => {
      const studio = await startStudio({ directory, environment: { ENGINE_URL: 'http://127.0.0.1:9' } })
      // The page says so then. Pages that have said it from the start are not moved by it under a test.
      await until(
        () => studio.json<System>('/api/admin/system'),
        ({ engine }) => engine.state === 'down' && Date.now() / 1000 - engine.since > 10,
      )
      await use(studio)
      await studio.dispose()
    },
    { scope: 'worker' },
  ],
  signedIn: [async ({ browser, studio }, use) => use(await signInOnce(browser, studio.url)), { scope: 'worker' }],
  ids: [async ({ seeded }, use) => use(seeded.ids), { scope: 'worker' }],
  summary: [
    async ({ studio }, use) =>
      use((query) =>
        studio.json<OutputSummary>('/api/admin/selection/summary', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ selection: { query } }),
        }),
      ),
    { scope: 'worker' },
  ],
  addJob: [
    async ({ studio, ids }, use) =>
      use(async (id, change) => {
        const output = join(studio.directory, 'assets', 'output')
        const source = JSON.parse(
          await readFile(join(output, ids[special.running + 1]!, 'job.json'), 'utf8'),
        ) as JobRecord
        const picture = source.outputs.find(({ media }) => media === 'image')!
        const record = { ...source, id, prompt_id: id, outputs: [{ ...picture, subfolder: `${id}/final` }] }
        const changed = { ...record, ...change(record) }
        // Complete before it is seen.
        const made = join(studio.directory, 'made')
        for (const { subfolder, filename } of changed.outputs) {
          const file = join(made, subfolder, filename)
          await mkdir(dirname(file), { recursive: true })
          await cp(join(output, picture.subfolder, picture.filename), file)
        }
        await writeFile(join(made, id, 'job.json'), JSON.stringify(changed))
        await rename(join(made, id), join(output, id))
      }),
    { scope: 'worker' },
  ],

  // What Playwright's own context and page are made with; a test with another screen says `test.use`.
  storageState: async ({ signedIn }, use) => use(signedIn),
  viewport: { width: 1440, height: 900 },
  contextOptions: { reducedMotion: 'reduce' },

  tiles: async ({ page }, use) => use(() => page.locator('[data-tile]')),
  bar: async ({ page }, use) => use(() => page.getByRole('region', { name: 'Selection' })),
  go: async ({ studio, page }, use) =>
    use(async (path) => {
      await page.goto(studio.url + path)
      await expect(page.getByRole('alert').filter({ hasText: 'Engine stopped' })).toBeVisible()
    }),
  open: async ({ go, page, tiles }, use) =>
    use(async (path) => {
      await go(path)
      await expect(tiles().first()).toBeVisible()
      await page.waitForLoadState('networkidle')
      // The next part of a list may not have been asked for by then: -1 says that one is still to come.
      await expect(page.locator('[role="grid"][aria-rowcount="-1"]')).toHaveCount(0)
    }),
  focusedKey: async ({ page }, use) =>
    use(() => page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.tile ?? null)),
  topOf: async ({ page }, use) =>
    use((key) => page.evaluate((k) => document.querySelector(`[data-tile="${k}"]`)!.getBoundingClientRect().top, key)),
  focusInTheMiddle: async ({ page, focusedKey }, use) =>
    use(async () => {
      await page.evaluate(() => scrollTo(0, 4000))
      const focusThere = () =>
        page.evaluate(() => {
          // Two heights, as one may be the gap between rows.
          const tile = [450, 480].flatMap(
            (y) => document.elementFromPoint(500, y)?.closest<HTMLElement>('[data-tile]') ?? [],
          )
          tile[0]?.focus({ preventScroll: true })
          return tile.length > 0
        })
      await expect.poll(focusThere).toBe(true)
      return (await focusedKey())!
    }),
})
