/**
 * @file The gallery with many jobs, in a browser, without an engine: filters, selection, marks, deleting with a way back, and
 * that nothing one does moves what one looks at.
 */
import { cp, mkdir, mkdtemp, readFile, rename, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, expect, type Page, test } from 'playwright/test'
import sharp from 'sharp'
import type { AssetListing, InputUses } from '#contracts/assets'
import type { JobRecord } from '#contracts/jobs'
import type { OutputFile, OutputGroup, OutputList, OutputSummary } from '#contracts/outputs'
import { fixtureNow, makeFixture, special } from '../scripts/fixture.mjs'
import { apiKey, type Studio, startStudio, until } from './studio.ts'

let studio: Studio
let ids: string[]
let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>

test.beforeAll(async ({ browser }) => {
  const directory = await mkdtemp(join(tmpdir(), 'studio-gallery-'))
  ids = (await makeFixture({ directory, jobs: 80, files: 1200 })).ids
  studio = await startStudio({ directory, environment: { ENGINE_URL: 'http://127.0.0.1:9' } })
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

let context: BrowserContext
let page: Page
test.beforeEach(async ({ browser }) => {
  context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    storageState: signedIn,
    reducedMotion: 'reduce',
  })
  page = await context.newPage()
})
test.afterEach(() => context.close())

const tiles = () => page.locator('[data-tile]')
const bar = () => page.getByRole('region', { name: 'Selection' })
const summary = async (query: object) =>
  studio.json<OutputSummary>('/api/admin/selection/summary', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ selection: { query } }),
  })
async function open(path: string) {
  await page.goto(studio.url + path)
  await expect(tiles().first()).toBeVisible()
  await page.waitForLoadState('networkidle')
}
const focusedKey = () => page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.tile ?? null)
const topOf = (key: string) =>
  page.evaluate((k) => document.querySelector(`[data-tile="${k}"]`)!.getBoundingClientRect().top, key)
/** Scrolls some screens down and gives the focus to a tile in the middle of the screen. @returns its key */
async function focusInTheMiddle(): Promise<string> {
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
}

test('the scrollbar stands for all files, of which only those near the screen are drawn', async () => {
  await open('/files')
  const { nodes, height, drawn } = await page.evaluate(() => ({
    nodes: document.querySelectorAll('*').length,
    height: document.documentElement.scrollHeight,
    drawn: document.querySelectorAll('[data-tile]').length,
  }))
  expect(nodes).toBeLessThanOrEqual(1500)
  expect(drawn).toBeLessThan(150)
  expect(height).toBeGreaterThan(20_000)
  await page.locator('[data-tile]').first().focus()
  await page.keyboard.press('End')
  await expect.poll(() => page.evaluate(() => scrollY + innerHeight)).toBeGreaterThan(height - 2500)
  await page.keyboard.press('Home')
  await expect.poll(() => page.evaluate(() => scrollY)).toBeLessThan(400)
})

test('filters live in the address, are shown as chips, and go one by one', async () => {
  await open('/jobs')
  await page.getByLabel('Kind', { exact: true }).selectOption('intermediate')
  await page.getByLabel('Media', { exact: true }).selectOption('video')
  const expected = await summary({ kind: 'intermediate', media: 'video' })
  await expect(page.getByText(`${expected.files.toLocaleString()} files`)).toBeVisible()
  await expect(page).toHaveURL(/kind=intermediate&media=video/)
  await page.getByRole('link', { name: 'Files', exact: true }).last().click()
  await expect(page).toHaveURL(/\/files\?kind=intermediate&media=video/)
  await expect(page.getByText(`${expected.files.toLocaleString()} matches`)).toBeVisible()
  await page.reload()
  await page.getByRole('button', { name: 'Remove filter Videos' }).click()
  await expect(page).toHaveURL(/\?kind=intermediate$/)
  await expect(
    page.getByText(`${(await summary({ kind: 'intermediate' })).files.toLocaleString()} matches`),
  ).toBeVisible()
})

test('the download says what would come and how much, of what the filters find, by kind', async () => {
  const { kinds } = await summary({ media: 'image' })
  await open('/files?media=image')
  await page.getByRole('button', { name: 'Download what matches' }).click()
  const items = page.getByRole('menuitem')
  await expect(items.first()).toContainText(`${kinds.final.files} finals`)
  await expect(items.last()).toContainText('matches')
  const asked = page.waitForRequest('**/api/admin/zip-plans')
  const started = page.waitForEvent('download')
  await items.first().click()
  expect((await asked).postDataJSON()).toMatchObject({ selection: { query: { media: 'image' } }, kinds: ['final'] })
  await (await started).cancel()
})

test('what matches nothing is said in words, with one button back', async () => {
  await open('/jobs')
  await page.keyboard.press('/')
  await page.keyboard.type('red car nobody made')
  await page.getByLabel('Mark', { exact: true }).selectOption('star')
  await expect(page.getByRole('heading', { name: 'No files match “red car nobody made”: starred' })).toBeVisible()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(tiles().first()).toBeVisible()
  expect(new URL(page.url()).search).toBe('')
})

test('prompts, models and seeds are found', async () => {
  const { jobs } = await studio.json<{ jobs: { id: string; inputs: { text: string }; seeds: { seed: number } }[] }>(
    '/api/admin/jobs?limit=20&status=completed',
  )
  const job = jobs[3]!
  await open(`/jobs?q=${job.seeds.seed}`)
  await expect(page.getByText('1 match ·')).toBeVisible()
  await open(`/jobs?q=${encodeURIComponent(job.inputs.text)}`)
  await expect(page.getByText(/^\d+ match(es)? ·/)).toBeVisible()
})

test('a screen reader hears what a tile is and which job made it, and that a job heads its files', async () => {
  const { groups } = await studio.json<OutputList>('/api/admin/outputs?limit=3000&status=completed&media=video')
  const isFilm = ({ kind, duration }: OutputFile) => kind === 'final' && duration === 5
  const { folder, title, files } = groups.find((group) => group.files.some(isFilm))!
  const film = files.find(isFilm)!
  await open(`/jobs?q=${folder}`)
  const name = new RegExp(`^Video, final, 5 s,.* job ${title}, .+, ${film.filename}$`)
  await expect(page.getByRole('button', { name })).toBeVisible()
  await expect(page.getByRole('rowheader', { name: new RegExp(`^${title} Done`) })).toBeVisible()
})

test('one tile is the tab stop; arrows, PgDn, Home and End move the focus', async () => {
  await open('/files')
  expect(await page.locator('[data-tile][tabindex="0"]').count()).toBe(1)
  await tiles().first().focus()
  const first = await focusedKey()
  await page.keyboard.press('ArrowRight')
  await expect.poll(focusedKey).not.toBe(first)
  await page.keyboard.press('PageDown')
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(0)
  await expect.poll(focusedKey).not.toBeNull()
  expect(await page.locator('[data-tile][tabindex="0"]').count()).toBe(1)
  await page.keyboard.press('Home')
  await expect.poll(focusedKey).toBe(first)
})

test('a range is selected with shift, said with count, kinds and size, and ended with Escape', async () => {
  await open('/files?kind=final')
  await tiles()
    .nth(0)
    .click({ modifiers: ['Control'] })
  await tiles()
    .nth(4)
    .click({ modifiers: ['Shift'] })
  await expect(bar()).toContainText('5 finals selected')
  await expect(bar()).toContainText(/[kM]B/)
  await tiles()
    .nth(2)
    .click({ modifiers: ['Control'] })
  await expect(bar()).toContainText('4 finals selected')
  expect(await page.locator('[role=gridcell][aria-selected=true]').count()).toBe(4)
  await page.keyboard.press('Escape')
  await expect(bar()).toHaveCount(0)
})

test('Ctrl + A selects all that the query finds, on the server, and one can be taken out', async () => {
  await open('/files?kind=preview')
  const all = await summary({ kind: 'preview' })
  await tiles().first().focus()
  await page.keyboard.press('Control+a')
  await expect(bar()).toContainText(`${all.files.toLocaleString()} previews selected`)
  await page.keyboard.press('x')
  await expect(bar()).toContainText(`${(all.files - 1).toLocaleString()} previews selected`)
  const sent = page.waitForRequest(/selection\/marks/)
  await bar().getByRole('button', { name: 'Reject' }).click()
  const body = (await sent).postDataJSON()
  expect(body).toMatchObject({ mark: 'reject', selection: { query: { kind: 'preview' } } })
  expect(body.selection.minus).toHaveLength(1)
  await expect.poll(async () => (await summary({ kind: 'preview', mark: 'reject' })).files).toBe(all.files - 1)
})

/** Where the page ends above what is docked at the bottom, and where a tile does. */
const edges = (page: Page, key: string) =>
  page.evaluate((key) => {
    const docked = ['[aria-label="Selection"]', '[aria-label="Running job"]']
      .map((name) => document.querySelector(name)?.getBoundingClientRect())
      .filter((box) => box !== undefined && box.height > 0)
    const tile = document.querySelector(`[data-tile="${CSS.escape(key)}"]`)!.getBoundingClientRect()
    return { end: Math.min(...docked.map((box) => box!.top)), tile: tile.bottom }
  }, key)

test('a selection goes with its files from Jobs to Files, and ends where other files are', async () => {
  await open('/jobs')
  await tiles().first().focus()
  await page.keyboard.press('x')
  await expect(bar()).toContainText('1 final selected')
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Files' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Files' })).toBeVisible()
  await expect(bar()).toContainText('1 final selected')
  await page.getByRole('link', { name: 'Inputs', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Inputs' })).toBeVisible()
  await expect(bar()).toHaveCount(0)
})

test('a button in the bar selects all that the query finds, as Ctrl + A does', async () => {
  const { files } = await summary({ kind: 'preview' })
  await open('/files?kind=preview')
  await page.getByRole('button', { name: 'Keep selecting' }).click()
  await bar()
    .getByRole('button', { name: `Select all ${files.toLocaleString('en-US')}` })
    .click()
  await expect(bar()).toContainText(`${files.toLocaleString('en-US')} previews selected`)
  await expect(bar().getByRole('button', { name: /^Select all/ })).toHaveCount(0)
})

for (const { name, viewport } of [
  { name: 'a desktop', viewport: { width: 1440, height: 900 } },
  { name: 'a phone', viewport: { width: 390, height: 844 } },
]) {
  test(`on ${name} the bar of a selection hides no file that was selected, has the focus or comes last`, async () => {
    await page.setViewportSize(viewport)
    await open('/files')
    const lowest = await page.evaluate(() => {
      const onScreen = [...document.querySelectorAll<HTMLElement>('[data-tile]')].filter(
        (tile) => tile.getBoundingClientRect().top < innerHeight - 20,
      )
      return onScreen.at(-1)!.dataset.tile!
    })
    await page.locator(`[data-tile="${lowest}"]`).evaluate((tile: HTMLElement) => tile.focus({ preventScroll: true }))
    await page.keyboard.press('Space')
    await expect(bar()).toContainText('selected')
    const isClear = async (key: string) => {
      const { end, tile } = await edges(page, key)
      return tile <= end
    }
    await expect.poll(() => isClear(lowest)).toBe(true)

    for (let n = 0; n < 4; n++) await page.keyboard.press('ArrowDown')
    await expect.poll(async () => isClear((await focusedKey())!)).toBe(true)

    await page.keyboard.press('Control+End')
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
    const last = (await focusedKey())!
    await expect.poll(() => isClear(last)).toBe(true)
    if (viewport.width < 700) await expect(page.getByRole('navigation', { name: 'Pages' })).toHaveCount(0)
  })
}

test("a job's circle selects its finals and offers the rest, without taking it", async () => {
  const [group] = (
    await studio.json<{ groups: { folder: string; files: { kind: string }[] }[] }>('/api/admin/outputs?limit=3000')
  ).groups.filter(({ files }) => files.filter(({ kind }) => kind === 'final').length > 3)
  const n = (kind: string) => group!.files.filter((file) => file.kind === kind).length
  await open(`/jobs?q=${group!.folder}`)
  await page.getByRole('button', { name: /^Select the finals of/ }).click()
  await expect(bar()).toContainText(`${n('final')} finals selected`)
  await bar().getByRole('button', { name: /^Add / }).click()
  await expect(bar()).toContainText(`${group!.files.length} files (${n('final')} finals`)
})

test('a star and a reject by key show at once, move nothing, and are there after a reload', async () => {
  await open('/files')
  const key = await focusInTheMiddle()
  const [before, top] = [await page.evaluate(() => scrollY), await topOf(key)]
  await page.keyboard.press('s')
  await expect(page.locator(`[data-tile="${key}"]`)).toHaveAccessibleName(/starred/)
  expect(await page.evaluate(() => scrollY)).toBe(before)
  expect(await topOf(key)).toBe(top)
  expect(await focusedKey()).toBe(key)
  await page.keyboard.press('r')
  await expect(page.locator(`[data-tile="${key}"]`)).toHaveAccessibleName(/rejected/)
  const path = key.slice('outputs:'.length)
  await expect.poll(async () => (await summary({ mark: 'reject', q: path.split('/')[0] })).files).toBeGreaterThan(0)
  await page.keyboard.press('r')
  await expect(page.locator(`[data-tile="${key}"]`)).not.toHaveAccessibleName(/rejected/)
})

test('a mark that another device sets is seen here', async () => {
  await open('/files?kind=final')
  const key = (await tiles().first().getAttribute('data-tile'))!
  await studio.request('/api/admin/selection/marks', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ selection: { files: [key.slice('outputs:'.length)] }, mark: 'reject' }),
  })
  await expect(page.locator(`[data-tile="${key}"]`)).toHaveAccessibleName(/rejected/)
})

test('Del moves to the trash, the focus goes to the next tile, nothing scrolls; Ctrl + Z brings it back', async () => {
  await open('/files')
  const key = await focusInTheMiddle()
  const before = await page.evaluate(() => scrollY)
  const files = (await summary({})).files
  await page.keyboard.press('Delete')
  await expect(page.locator(`[data-tile="${key}"]`)).toHaveCount(0)
  await expect.poll(focusedKey).not.toBeNull()
  expect(Math.abs((await page.evaluate(() => scrollY)) - before)).toBeLessThanOrEqual(1)
  expect((await summary({})).files).toBe(files - 1)
  await page.keyboard.press('Control+z')
  await expect(page.locator(`[data-tile="${key}"]`)).toHaveCount(1)
  expect((await summary({})).files).toBe(files)
})

test('Shift + Del asks first, and then it is gone for good', async () => {
  await open('/files?kind=intermediate')
  const { files } = await summary({})
  await tiles().nth(3).focus()
  await page.keyboard.press('Shift+Delete')
  const dialog = page.getByRole('dialog', { name: 'Delete 1 intermediate for good?' })
  await expect(dialog).toBeVisible()
  await dialog.getByRole('button', { name: 'Delete for good' }).click()
  await expect.poll(async () => (await summary({})).files).toBe(files - 1)
  const inTrash = async () => (await studio.json<{ entries: unknown[] }>('/api/admin/trash')).entries.length
  await expect.poll(inTrash).toBe(0)
})

test('a strip names the job whose head was scrolled out, moves nothing and never lies over the tile that has the focus', async () => {
  const { groups } = await studio.json<OutputList>('/api/admin/outputs?kind=final&status=completed')
  const finals = (group: OutputGroup) => group.files.length
  const group = groups.toSorted((a, b) => finals(b) - finals(a))[0]!
  await page.setViewportSize({ width: 420, height: 500 })
  await open(`/jobs?q=${group.folder}`)
  const strip = page.getByRole('group', { name: 'The job above' })
  await page.evaluate(() => scrollTo(0, 1))
  await expect(strip).toBeHidden()
  const key = (await tiles().first().getAttribute('data-tile'))!
  const scrollOver = () =>
    page
      .locator(`[data-tile="${key}"]`)
      .evaluate((tile) => scrollTo(0, scrollY + tile.getBoundingClientRect().top + 10))
  await scrollOver()
  await expect(strip).toBeVisible()
  expect(await topOf(key)).toBeCloseTo(-10, 0)
  await expect(strip.getByRole('link', { name: group.title! })).toHaveAttribute('href', `/jobs/${group.folder}`)
  await expect(strip).toContainText(`${finals(group)} finals`)
  await expect(strip).toContainText('Done')

  await tiles().first().focus()
  await page.keyboard.press('End')
  for (let up = 0; up < 2; up++) {
    await page.keyboard.press('ArrowUp')
    const clear = await page.evaluate(() => {
      const over = document.querySelector('[aria-label="The job above"]')?.getBoundingClientRect().bottom ?? 0
      return document.activeElement!.getBoundingClientRect().top - over
    })
    expect(clear).toBeGreaterThanOrEqual(0)
  }
  await scrollOver()
  await strip.getByRole('button', { name: /^Select the finals/ }).click()
  await expect(bar()).toContainText(`${finals(group)} finals`)
})

test("an interrupted job's files are kept by one press: it asks for nothing more, also after a reload", async () => {
  const id = ids[special.interrupted]!
  await open(`/jobs?q=${id}`)
  const before = await tiles().count()
  await expect(page.getByText(/Stopped before it finished, \d+ files? kept/)).toBeVisible()
  await page.goto(`${studio.url}/jobs/${id}`)
  await expect(page.getByText(/Stopped before it finished/)).toBeVisible()
  await page.getByRole('button', { name: 'Keep files' }).click()
  await expect(page.getByText(/Stopped before it finished/)).toBeHidden()
  await open(`/jobs?q=${id}`)
  await expect(page.getByText(/Stopped before it finished/)).toBeHidden()
  await expect(page.getByText('Interrupted', { exact: false }).first()).toBeAttached()
  expect(await tiles().count()).toBe(before)
})

test('a folder whose record is missing or broken is offered no page and no other run; its files can be kept or thrown away', async () => {
  const [lost, broken] = ['20261120_010000_aaaaaa', '20261120_010100_bbbbbb']
  for (const id of [lost, broken]) {
    const picture = join(studio.directory, 'assets/output', id, 'final/a.jpg')
    await mkdir(dirname(picture), { recursive: true })
    await cp(join(studio.directory, 'assets/input/rocket.jpg'), picture)
    // Not newer than what other tests take for the newest.
    await utimes(picture, fixtureNow - 3600, fixtureNow - 3600)
    await writeFile(join(studio.directory, 'assets/output', id, '.incomplete'), '')
  }
  await writeFile(join(studio.directory, 'assets/output', broken, 'job.json'), '{"version": 1, "id":')
  for (const id of [lost, broken]) {
    await expect(async () => {
      await page.goto(`${studio.url}/jobs?q=${id}`)
      await expect(page.getByRole('heading', { level: 2, name: id })).toBeVisible({ timeout: 2000 })
    }).toPass()
    await expect(page.getByRole('heading', { level: 2 }).getByRole('link')).toHaveCount(0)
    await expect(page.getByRole('button', { name: 'Trash' })).toBeVisible()
    await expect(page.getByRole('button', { name: /^Retry/ })).toHaveCount(0)
    await page.getByRole('button', { name: `More for ${id}` }).click()
    await expect(page.getByRole('menuitem', { name: 'Move 1 file to trash' })).toBeVisible()
    await expect(page.getByRole('menuitem', { name: /again|settings/ })).toHaveCount(0)
    await page.keyboard.press('Escape')
  }
  await page.getByRole('button', { name: 'Trash' }).click()
  await expect(tiles()).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(tiles()).toHaveCount(1)
  await page.goto(`${studio.url}/jobs?q=${lost}`)
  await page.getByRole('button', { name: 'Keep files' }).click()
  await expect(page.getByRole('button', { name: 'Keep files' })).toBeHidden()
  await expect(tiles()).toHaveCount(1)
})

test("a job's name leads to its page", async () => {
  const id = ids[special.failed]!
  await open(`/jobs?q=${ids[special.longNames]}`)
  await page.getByRole('heading', { level: 2 }).getByRole('link').first().click()
  await expect(page).toHaveURL(new RegExp(`/jobs/${ids[special.longNames]}$`))
  await page.goto(`${studio.url}/jobs?q=${id}`)
  await page.getByRole('heading', { level: 2 }).getByRole('link').first().click()
  await expect(page).toHaveURL(new RegExp(`/jobs/${id}$`))
})

test('i shows the details of the focused file beside the grid, never over a picture, and follows the focus', async () => {
  await open('/files?kind=final')
  await tiles().first().focus()
  await page.keyboard.press('i')
  const panel = page.getByRole('complementary', { name: 'Details' })
  const nameOf = async () => (await page.locator('[data-tile]:focus').getAttribute('data-tile'))!.split('/').at(-1)!
  await expect(panel.getByRole('heading', { name: 'File', exact: true })).toBeVisible()
  await expect(panel).toContainText(await nameOf())
  const edge = (await panel.boundingBox())!.x
  const rightmost = () =>
    tiles().evaluateAll((all) => Math.max(...all.map((tile) => tile.getBoundingClientRect().right)))
  await expect.poll(rightmost).toBeLessThanOrEqual(edge)
  for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowRight')
  await expect(panel).toContainText(await nameOf())
  await page.keyboard.press('Escape')
  await expect(panel).toHaveCount(0)
  await expect.poll(rightmost).toBeGreaterThan(edge)
})

test('c keeps a file as A, and on another one compares the two', async () => {
  await open('/files?kind=final&media=image')
  await tiles().first().focus()
  const a = (await focusedKey())!
  await page.keyboard.press('c')
  await expect(page.getByText('c on another compares')).toBeVisible()
  await page.keyboard.press('ArrowRight')
  const b = (await focusedKey())!
  await page.keyboard.press('c')
  await expect(page.getByRole('dialog', { name: / compared$/ })).toBeVisible()
  const query = new URL(page.url()).searchParams
  expect([query.get('with'), query.get('file'), query.get('compare')]).toEqual([
    a,
    b.slice('outputs:'.length),
    'slider',
  ])
})

test('g and a letter go to a page and leave the focused file alone; a letter alone goes nowhere, however early', async () => {
  await page.goto(`${studio.url}/files?kind=final`)
  await tiles().first().focus()
  await page.keyboard.press('i')
  await expect(page.getByRole('complementary', { name: 'Details' })).toBeVisible()
  await page.keyboard.press('i')
  const starred = (await summary({ mark: 'star' })).files
  await tiles().first().focus()
  await page.keyboard.press('g')
  await page.keyboard.press('s')
  await expect(page).toHaveURL(/\/settings$/)
  expect((await summary({ mark: 'star' })).files).toBe(starred)
})

test('n asks for the same run with a new seed', async () => {
  await open(`/jobs?q=${ids[special.longNames]}`)
  await tiles().first().focus()
  const asked = page.waitForRequest((request) => request.url().endsWith(`/jobs/${ids[special.longNames]}/retry`))
  await page.keyboard.press('n')
  expect((await asked).postDataJSON()).toEqual({ seed: 'new' })
})

test('a new job waits above as "1 new" and moves nothing', async () => {
  const newest = '20261121_120000_abcdef'
  await open('/files')
  const key = await focusInTheMiddle()
  const top = await topOf(key)
  await addJob(newest, () => ({ finished_at: fixtureNow + 86_400 }))
  const pill = page.getByRole('button', { name: '1 new' })
  await expect(pill).toBeVisible({ timeout: 60_000 })
  expect(await topOf(key)).toBe(top)
  await pill.click()
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(0)
  await expect(page.locator(`[data-tile^="outputs:${newest}/"]`).first()).toBeVisible()
})

test('the days at the edge jump by key and pointer, and Back returns to the very place', async () => {
  await open('/files')
  await page.evaluate(() => scrollTo(0, 700))
  const days = page.getByRole('slider', { name: 'Day' })
  await days.focus()
  for (let week = 0; week < 3; week++) await page.keyboard.press('PageDown')
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(5000)
  await page.getByRole('button', { name: 'Back to where you were' }).click()
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(700)
})

test('a video is looked through with the pointer and by key', async () => {
  await open('/files?media=video&kind=final')
  const tile = page.locator('[data-tile]:not([data-tile$="/no film.mp4"])').first()
  await tile.hover({ position: { x: 20, y: 60 } })
  const strip = tile.locator('img[src*="/strips/"]')
  await expect(strip).toBeVisible({ timeout: 30_000 })
  const place = () => strip.evaluate((image) => (image as HTMLElement).style.transform)
  const before = await place()
  const box = (await tile.boundingBox())!
  await page.mouse.move(box.x + box.width - 5, box.y + 60)
  await expect.poll(place).not.toBe(before)
  await page.mouse.move(2, 2)
  await expect(strip).toBeHidden()
  await tile.focus()
  await page.keyboard.press('.')
  await expect(strip).toBeVisible()
})

/** A job of the fixture again, as another one, with the files that its record names then. */
async function addJob(id: string, change: (record: JobRecord) => object) {
  const output = join(studio.directory, 'assets', 'output')
  const source = JSON.parse(await readFile(join(output, ids[special.running + 1]!, 'job.json'), 'utf8')) as JobRecord
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
}

/** The job with the most intermediates, of those that ended well. */
async function jobWithManyFiles() {
  const { groups } = await studio.json<OutputList>('/api/admin/outputs?limit=3000&status=completed')
  const n = ({ files }: OutputGroup) => files.filter(({ kind }) => kind === 'intermediate').length
  return groups.reduce((most, group) => (n(group) > n(most) ? group : most))
}

test("a job's page has the grid of the gallery: one tab stop, its keys, its selection, and marks that are seen at once", async () => {
  const { folder, files } = await jobWithManyFiles()
  const n = (kind: string) => files.filter((file) => file.kind === kind).length
  await open(`/jobs/${folder}`)
  await expect(page.getByRole('rowheader', { name: new RegExp(`^${n('final')} final`) })).toBeVisible()
  await expect(page.locator('[data-tile][tabindex="0"]')).toHaveCount(1)
  await tiles().first().focus()
  const first = (await focusedKey())!

  await page.keyboard.press('Shift+ArrowRight')
  await expect(bar()).toContainText('2 finals selected')
  await page.keyboard.press('Escape')
  await expect(bar()).toHaveCount(0)
  await page.keyboard.press('End')
  await expect.poll(focusedKey).toContain('/intermediate/')
  await page.keyboard.press('Space')
  await expect(bar()).toContainText('1 intermediate selected')
  await page.keyboard.press('Control+a')
  await expect(bar()).toContainText(`${files.length} files (${n('final')} finals`)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Home')
  await expect.poll(focusedKey).toBe(first)

  const tile = page.locator(`[data-tile="${first}"]`)
  const before = (await tile.boundingBox())!.height
  await page.keyboard.press('+')
  await expect.poll(async () => (await tile.boundingBox())!.height).toBeGreaterThan(before)
  await page.keyboard.press('-')
  await page.keyboard.press('s')
  await expect(tile).toHaveAccessibleName(/starred/)
  await page.keyboard.press('r')
  await expect(tile).toHaveAccessibleName(/rejected/)
  await page.keyboard.press('r')
  await expect(tile).not.toHaveAccessibleName(/rejected/)
  await page.keyboard.press('i')
  await expect(page.getByRole('complementary', { name: 'Details' })).toContainText(first.split('/').at(-1)!)
  await page.keyboard.press('i')
  const asked = page.waitForRequest((request) => request.url().endsWith(`/jobs/${folder}/retry`))
  await page.keyboard.press('n')
  expect((await asked).postDataJSON()).toEqual({ seed: 'new' })
})

test("on a job's page the viewer gives the focus to what it showed last, and Del to the next file, until Ctrl + Z", async () => {
  const folder = '20261101_120000_abcdef'
  await addJob(folder, (record) => {
    const [source] = record.outputs
    const kinds = ['final', 'final', ...Array.from({ length: 30 }, () => 'intermediate')]
    const outputs = kinds.map((kind, n) => ({
      ...source,
      kind,
      subfolder: `${folder}/${kind}`,
      filename: `${100 + n}.jpg`,
    }))
    return { outputs }
  })
  await until(
    () => studio.request(`/api/admin/jobs/${folder}`),
    ({ ok }) => ok,
  )
  await open(`/jobs/${folder}`)
  await expect(page.getByRole('button', { name: 'Show all 30' })).toHaveCount(1)
  await tiles().first().focus()
  const first = (await focusedKey())!
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeVisible()
  // The last of thirty, of which the page showed the first two dozen.
  await page.keyboard.press('End')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect.poll(focusedKey).toBe(`outputs:${folder}/intermediate/131.jpg`)

  await page.keyboard.press('Home')
  await expect.poll(focusedKey).toBe(first)
  await page.keyboard.press('Delete')
  await expect(page.locator(`[data-tile="${first}"]`)).toHaveCount(0)
  await expect.poll(focusedKey).not.toBeNull()
  await page.keyboard.press('Control+z')
  await expect(page.locator(`[data-tile="${first}"]`)).toHaveCount(1)
  expect((await summary({ q: folder })).files).toBe(32)
})

test('on Inputs Ctrl + A is all that the search finds; d and Del act on it, and Ctrl + Z brings it back', async () => {
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
  expect((await started).suggestedFilename()).toMatch(/^inputs_.*\.zip$/)
  await (await started).cancel()
  await expect(page.getByText('Downloading 209 files')).toBeVisible()

  await page.keyboard.press('Delete')
  await expect(page.getByText('1 match')).toBeVisible()
  expect(await found()).toBe(1)
  await expect.poll(focusedKey).toBe(`inputs:${kept}`)
  await page.keyboard.press('Control+z')
  await expect(page.getByText('210 matches')).toBeVisible()
  expect(await found()).toBe(210)
})

test('an input says in how many jobs it was used, and leads to them, also by key', async () => {
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

test('what lies in the trash is looked at as any file, and restored from there', async () => {
  const group = ids[special.longNames + 8]!
  await open(`/jobs?q=${group}&kind=final`)
  const before = (await summary({ q: group })).files
  await tiles().first().focus()
  const name = (await focusedKey())!.split('/').at(-1)!
  await page.keyboard.press('Delete')
  await expect.poll(async () => (await summary({ q: group })).files).toBe(before - 1)

  await page.goto(`${studio.url}/trash`)
  await page
    .getByRole('row')
    .first()
    .getByRole('button', { name: new RegExp(`^${name}`) })
    .click()
  const viewer = page.getByRole('dialog', { name: new RegExp(`^${name}, 1 of`) })
  await expect(viewer).toBeVisible()
  await expect(page).toHaveURL(/\/trash\?file=/)
  await expect(viewer.getByRole('button', { name: /^Star/ })).toHaveCount(0)
  // It is shown: the stage holds a picture that was decoded, or a video.
  await expect(viewer.locator('img[src*="/trash/"], video[src*="/trash/"]').first()).toBeVisible()
  await page.keyboard.press('Delete')
  await expect(page.getByRole('dialog', { name: 'Delete for good?' })).toBeVisible()
  await page.getByRole('button', { name: 'Keep' }).click()
  await viewer.focus()
  await page.keyboard.press('r')
  await expect(page.getByText('Restored 1 item')).toBeVisible()
  expect((await summary({ q: group })).files).toBe(before)
})

test('several entries of the trash are selected and restored, and all of them at once', async () => {
  const jobs = ids.slice(20, 23)
  const before = (await summary({})).jobs
  await studio.json('/api/admin/assets/delete', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'outputs', files: jobs, trash: true }),
  })
  await page.goto(`${studio.url}/trash`)
  const boxes = page.getByRole('row').getByRole('checkbox')
  await boxes.nth(0).check()
  await boxes.nth(1).check()
  await expect(page.getByText(/^2 items selected/)).toBeVisible()
  await expect(page.getByRole('checkbox', { name: 'Select all' })).toBeChecked({ indeterminate: true })
  await page.getByRole('button', { name: 'Restore selected' }).click()
  await expect(page.getByText('Restored 2 items')).toBeVisible()
  await expect.poll(async () => (await summary({})).jobs).toBe(before - 1)
  await expect(page.getByText('Nothing selected')).toBeVisible()
  await page.getByRole('button', { name: 'Restore all' }).click()
  await expect(page.getByRole('heading', { name: 'Empty' })).toBeVisible()
  expect((await summary({})).jobs).toBe(before)
})

test('the trash is one tab stop and goes by key: select, open, restore with a way back, delete for good', async () => {
  const jobs = ids.slice(24, 29)
  const before = (await summary({})).jobs
  await studio.json('/api/admin/assets/delete', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'outputs', files: jobs, trash: true }),
  })
  await page.goto(`${studio.url}/trash`)
  const rows = page.getByRole('grid', { name: 'In the trash' }).getByRole('row')
  await expect(rows).toHaveCount(5)
  const selected = page.getByRole('row', { selected: true })
  // The newest is the first.
  const names = await rows.locator('[title]:not(button)').allTextContents()
  const focused = page.locator('[data-entry] :focus')

  await page.getByRole('checkbox', { name: 'Select all' }).focus()
  await page.keyboard.press('Tab')
  await expect(focused).toContainText(names[0]!)
  await page.keyboard.press('Tab')
  expect(await focused.count()).toBe(0)
  await page.keyboard.press('Shift+Tab')
  await expect(focused).toContainText(names[0]!)

  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await expect(selected).toHaveCount(3)
  await page.keyboard.press('x')
  await expect(selected).toHaveCount(2)
  await page.keyboard.press('Control+a')
  await expect(selected).toHaveCount(5)
  await page.keyboard.press('Escape')
  await expect(selected).toHaveCount(0)
  await page.keyboard.press('End')
  await expect(focused).toContainText(names[4]!)
  await page.keyboard.press('Home')

  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(focused).toContainText(names[0]!)

  await page.keyboard.press('r')
  await expect(rows).toHaveCount(4)
  await expect(focused).toContainText(names[1]!)
  expect((await summary({})).jobs).toBe(before - 4)
  await page.keyboard.press('Control+z')
  await expect(rows).toHaveCount(5)
  await expect.poll(async () => (await summary({})).jobs).toBe(before - 5)
  await expect(focused).toContainText(names[1]!)

  await page.keyboard.press('Delete')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete 1 item' }).click()
  await expect(rows).toHaveCount(4)
  await expect(focused).toContainText(names[2]!)
  // To the end of the row, where its buttons are.
  await page.keyboard.press('ArrowRight')
  await expect(focused).toHaveText('Restore')
  await page.keyboard.press('Enter')
  await expect(rows).toHaveCount(3)
  await page.getByRole('button', { name: 'Restore all' }).click()
  await expect(page.getByRole('heading', { name: 'Empty' })).toBeVisible()
})

test('a finger selects by press and hold, and over what it drags', async ({ browser }) => {
  const phone = await browser.newContext({
    ...{ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, storageState: signedIn },
  })
  page = await phone.newPage()
  await open('/files')
  const client = await phone.newCDPSession(page)
  const at = async (n: number) => {
    const box = (await tiles().nth(n).boundingBox())!
    return [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }]
  }
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { x: number; y: number }[]) =>
    client.send('Input.dispatchTouchEvent', { type, touchPoints })
  await touch('touchStart', await at(0))
  await expect(bar()).toContainText('1 ')
  await touch('touchMove', await at(1))
  await touch('touchMove', await at(5))
  await expect(bar()).toContainText('6 ')
  // On the way back it leaves what it took on the way there.
  await touch('touchMove', await at(3))
  await expect(bar()).toContainText('4 ')
  await touch('touchEnd', [])
  // From here a tap selects.
  // On a narrow tile its circle is in the middle, which means the same.
  await tiles().nth(4).tap({ force: true })
  await expect(bar()).toContainText('5 ')

  // At the lower edge the page goes on under the finger, and what comes is taken too.
  await page.getByRole('button', { name: 'End the selection' }).tap()
  await expect(bar()).toHaveCount(0)
  const [from] = await at(2)
  await touch('touchStart', [from!])
  await expect(bar()).toBeVisible()
  await touch('touchMove', [{ x: from!.x, y: (await bar().boundingBox())!.y - 10 }])
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(1500)
  await touch('touchEnd', [])
  await expect(bar()).toContainText(/\d\d /)
  await phone.close()
})

/** Contrast of two colours as WCAG 2 reckons it. */
function contrast(a: readonly number[], b: readonly number[]): number {
  const luminance = (colour: readonly number[]) => {
    const [red, green, blue] = colour.map((value) => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
  }
  const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

for (const colorScheme of ['dark', 'light'] as const) {
  test(`the ring of a focused and of a selected tile is seen on white and on black pictures, ${colorScheme}`, async () => {
    await context.addInitScript((theme) => localStorage.setItem('theme', theme), colorScheme)
    for (const job of [ids[special.longNames + 1]!, ids[special.longNames + 2]!]) {
      // A rejected one is shown pale.
      await studio.json('/api/admin/selection/marks', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ selection: { query: { q: job } }, mark: null }),
      })
      await open(`/files?q=${job}&kind=final`)
      // White and black are the only ones without photographic loss.
      const tile = page.locator('[data-tile$=".png"]').last()
      /** The colours across the middle of the left edge, 10 px outside to 14 px inside. */
      const across = async () => {
        const { x, y, height } = (await tile.boundingBox())!
        const clip = { x: Math.round(x) - 10, y: Math.round(y + height / 2), width: 24, height: 1 }
        const { data, info } = await sharp(await page.screenshot({ clip }))
          .raw()
          .toBuffer({ resolveWithObject: true })
        return Array.from({ length: 24 }, (_, n) => [...data.subarray(n * info.channels, n * info.channels + 3)])
      }
      /** How well what is there now and was not before is seen against the picture, in at least two pixels side by side. */
      const seen = (before: number[][], now: number[][]) => {
        const picture = now.at(-1)!
        const drawn = now.map((colour, n) => (contrast(colour, before[n]!) > 1.2 ? contrast(colour, picture) : 1))
        return Math.max(...drawn.map((each, n) => Math.min(each, drawn[n + 1] ?? 1)))
      }
      const purity = (colour: number[]) => Math.min(contrast(colour, [0, 0, 0]), contrast(colour, [255, 255, 255]))
      await expect.poll(async () => purity((await across()).at(-1)!)).toBe(1)
      const bare = await across()
      await tile.focus()
      const focused = await across()
      await page.keyboard.press('x')
      const both = await across()
      await page.getByRole('searchbox').focus()
      const selected = await across()
      await page.keyboard.press('Escape')
      const picture = bare.at(-1)!
      const what = { focused: [bare, focused], selected: [bare, selected], 'focused while selected': [selected, both] }
      for (const [name, [before, now]] of Object.entries(what)) {
        expect(seen(before!, now!), `${name}, on ${picture}`).toBeGreaterThanOrEqual(3)
      }
    }
  })
}

for (const colorScheme of ['dark', 'light'] as const) {
  test(`with a selection there is no accessibility fault, ${colorScheme}`, async ({ browser }) => {
    const themed = await browser.newContext({ colorScheme, storageState: signedIn, reducedMotion: 'reduce' })
    page = await themed.newPage()
    for (const path of ['/jobs', '/files?kind=final&mark=none&q=a']) {
      await open(path)
      await tiles().first().focus()
      await page.keyboard.press('s')
      await page.keyboard.press('x')
      await expect(bar()).toBeVisible()
      const axe = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
      const faults = axe.violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
      )
      expect(faults, path).toEqual([])
    }
    await themed.close()
  })
}
