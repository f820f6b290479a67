/** @file Selecting files by key, pointer and finger: what the bar says and hides, and that rings and bar are accessible. */
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from 'playwright/test'
import sharp from 'sharp'
import { special } from '../scripts/fixture.mjs'
import { test } from './gallery-setting.ts'

test('a range is selected with shift, said with count, kinds and size, and ended with Escape', async ({
  page,
  tiles,
  bar,
  open,
}) => {
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

test('Ctrl + A selects all that the query finds, on the server, and one can be taken out', async ({
  summary,
  page,
  tiles,
  bar,
  open,
}) => {
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

test('a selection goes with its files from Jobs to Files, and ends where other files are', async ({
  page,
  tiles,
  bar,
  open,
}) => {
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

test('a button in the bar selects all that the query finds, as Ctrl + A does', async ({ summary, page, bar, open }) => {
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
  test(`on ${name} the bar of a selection hides no file that was selected, has the focus or comes last`, async ({
    page,
    bar,
    open,
    focusedKey,
  }) => {
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

test("a job's circle selects its finals and offers the rest, without taking it", async ({
  studio,
  page,
  bar,
  open,
}) => {
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

test.describe(() => {
  test.use({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, contextOptions: {} })

  test('a finger selects by press and hold, and over what it drags', async ({ context, page, tiles, bar, open }) => {
    await open('/files')
    const client = await context.newCDPSession(page)
    const at = async (n: number) => {
      const box = (await tiles().nth(n).boundingBox())!
      return [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }]
    }
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { x: number; y: number }[]) =>
      client.send('Input.dispatchTouchEvent', { type, touchPoints })
    // Again if it was not heard: what listens to fingers comes after the grid.
    await expect(async () => {
      await touch('touchStart', await at(0))
      const taken = expect(bar()).toContainText('1 ', { timeout: 5000 })
      await taken.catch(() => touch('touchEnd', []))
      await taken
    }).toPass()
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
  })
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
  test(`the ring of a focused and of a selected tile is seen on white and on black pictures, ${colorScheme}`, async ({
    studio,
    ids,
    context,
    page,
    open,
  }) => {
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
  test.describe(() => {
    test.use({ colorScheme })

    test(`with a selection there is no accessibility fault, ${colorScheme}`, async ({ page, tiles, bar, open }) => {
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
    })
  })
}
