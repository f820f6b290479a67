/**
 * @file The gallery with many jobs: filters, search, scrolling, what arrives, days, videos, details and keys, and that
 * nothing one does moves what one looks at.
 */
import { expect } from 'playwright/test'
import type { OutputFile, OutputGroup, OutputList } from '#contracts/outputs'
import { fixtureNow, special } from '../scripts/fixture.mjs'
import { test } from './gallery-setting.ts'

test('the scrollbar stands for all files, of which only those near the screen are drawn', async ({ page, open }) => {
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

test('filters live in the address, are shown as chips, and go one by one', async ({ summary, page, open }) => {
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
  const chip = page.getByRole('button', { name: 'Remove filter Videos' })
  // The script of the chips may come after they are seen.
  await expect(async () => {
    if (await chip.isVisible()) await chip.click({ timeout: 2000 })
    await expect(page).toHaveURL(/\?kind=intermediate$/, { timeout: 2000 })
  }).toPass()
  const { files } = await summary({ kind: 'intermediate' })
  await expect(page.getByText(`${files.toLocaleString()} matches`)).toBeVisible()
})

test('pictures of a list that is left are no longer asked for', async ({ page, go }) => {
  const awaited = new Set<string>()
  page.on('request', (request) => request.url().includes('/thumbnails/') && awaited.add(request.url()))
  page.on('requestfailed', (request) => awaited.delete(request.url()))
  // They take for ever.
  await page.route('**/api/admin/thumbnails/**', () => undefined)
  await go('/files')
  await expect.poll(() => awaited.size).toBeGreaterThan(10)
  await page.getByRole('searchbox').fill('nothing of that name')
  await expect.poll(() => awaited.size).toBe(0)
})

test('the download says what would come and how much, of what the filters find, by kind', async ({
  summary,
  page,
  open,
}) => {
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

test('what matches nothing is said in words, with one button back', async ({ page, tiles, open }) => {
  await open('/jobs')
  await page.keyboard.press('/')
  await page.keyboard.type('red car nobody made')
  await page.getByLabel('Mark', { exact: true }).selectOption('star')
  await expect(page.getByRole('heading', { name: 'No files match “red car nobody made”: starred' })).toBeVisible()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(tiles().first()).toBeVisible()
  expect(new URL(page.url()).search).toBe('')
})

test('prompts, models and seeds are found', async ({ studio, page, open }) => {
  const { jobs } = await studio.json<{ jobs: { id: string; inputs: { text: string }; seeds: { seed: number } }[] }>(
    '/api/admin/jobs?limit=20&status=completed',
  )
  const job = jobs[3]!
  await open(`/jobs?q=${job.seeds.seed}`)
  await expect(page.getByText('1 match ·')).toBeVisible()
  await open(`/jobs?q=${encodeURIComponent(job.inputs.text)}`)
  await expect(page.getByText(/^\d+ match(es)? ·/)).toBeVisible()
})

test('a screen reader hears what a tile is and which job made it, and that a job heads its files', async ({
  studio,
  page,
  open,
}) => {
  const { groups } = await studio.json<OutputList>('/api/admin/outputs?limit=3000&status=completed&media=video')
  const isFilm = ({ kind, duration }: OutputFile) => kind === 'final' && duration === 5
  const { folder, title, files } = groups.find((group) => group.files.some(isFilm))!
  const film = files.find(isFilm)!
  await open(`/jobs?q=${folder}`)
  const name = new RegExp(`^Video, final, 5 s,.* job ${title}, .+, ${film.filename}$`)
  await expect(page.getByRole('button', { name })).toBeVisible()
  await expect(page.getByRole('rowheader', { name: new RegExp(`^${title} Done`) })).toBeVisible()
})

test('one tile is the tab stop; arrows, PgDn, Home and End move the focus', async ({
  page,
  tiles,
  open,
  focusedKey,
}) => {
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

test('a strip names the job whose head was scrolled out, moves nothing and never lies over the tile that has the focus', async ({
  studio,
  page,
  tiles,
  bar,
  open,
  topOf,
}) => {
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
  // As a pointer does: Playwright's own click scrolls first, as the strip lies in the page's scroll padding.
  const circle = (await strip.getByRole('button', { name: /^Select the finals/ }).boundingBox())!
  await page.mouse.click(circle.x + circle.width / 2, circle.y + circle.height / 2)
  await expect(bar()).toContainText(`${finals(group)} finals`)
})

test('i shows the details of the focused file beside the grid, never over a picture, and follows the focus', async ({
  page,
  tiles,
  open,
}) => {
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

test('c keeps a file as A, and on another one compares the two', async ({ page, tiles, open, focusedKey }) => {
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

test('g and a letter go to a page and leave the focused file alone; a letter alone goes nowhere, however early', async ({
  studio,
  summary,
  page,
  tiles,
}) => {
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

test('n asks for the same run with a new seed', async ({ ids, page, tiles, open }) => {
  await open(`/jobs?q=${ids[special.longNames]}`)
  await tiles().first().focus()
  const asked = page.waitForRequest((request) => request.url().endsWith(`/jobs/${ids[special.longNames]}/retry`))
  await page.keyboard.press('n')
  expect((await asked).postDataJSON()).toEqual({ seed: 'new' })
})

test('a new job waits above as "1 new" and moves nothing', async ({ addJob, page, open, topOf, focusInTheMiddle }) => {
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

test('the days at the edge jump by key and pointer, and Back returns to the very place', async ({ page, open }) => {
  await open('/files')
  await page.evaluate(() => scrollTo(0, 700))
  const days = page.getByRole('slider', { name: 'Day' })
  await days.focus()
  for (let week = 0; week < 3; week++) await page.keyboard.press('PageDown')
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(5000)
  await page.getByRole('button', { name: 'Back to where you were' }).click()
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(700)
})

test('a video is looked through with the pointer and by key', async ({ page, open }) => {
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
