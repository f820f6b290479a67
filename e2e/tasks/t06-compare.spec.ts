/**
 * @file T6: compare a result with another one at the same zoomed place, and see the settings that differ. Bar: at most 4
 * clicks; at most 8 keys.
 */
import { expect, type Page } from 'playwright/test'
import type { Job } from '#contracts/jobs'
import { finalsOf, openGallery, test, tileOf } from './setting.ts'

const viewerOf = (page: Page) => page.getByRole('dialog').first()

async function expectComparedAtFullSize(page: Page, { a, b, width }: { a: string; b: string; width: number }) {
  const viewer = viewerOf(page)
  const sides = viewer.getByRole('img')
  await expect(sides).toHaveCount(2)
  await expect.poll(() => sides.first().evaluate((image) => image.getBoundingClientRect().width)).toBe(width)
  const [left, right] = await Promise.all([sides.nth(0).boundingBox(), sides.nth(1).boundingBox()])
  expect(left).toEqual(right)
  await expect(viewer.getByRole('img', { name: /^A: / })).toBeVisible()
  await expect(viewer.getByRole('img', { name: /^B: / })).toBeVisible()
  const rows = viewer.getByRole('table').first().getByRole('row')
  await expect(rows).toHaveText([/Setting.*A.*B/s, new RegExp(`Radius.*${a}.*${b}`, 's')])
}

const widthOf = (job: Job) => job.outputs[0]!.width!

test('T6: two tiles are chosen, compared, and zoomed: four clicks', async ({ studio, softened, page, hand }) => {
  await openGallery(page, studio)
  for (const job of [softened[2]!, softened[0]!]) {
    const tile = tileOf(page, finalsOf(job)[0]!)
    await tile.hover()
    await hand.click(tile.locator('..').getByRole('button', { name: /^Select/ }))
  }
  await hand.click(page.getByRole('button', { name: 'Compare' }))
  await hand.click(viewerOf(page).getByRole('button', { name: /one to one/ }))
  await expectComparedAtFullSize(page, { a: '15', b: '3', width: widthOf(softened[2]!) })
  hand.score({ clicks: 4, keys: 0 })
})

test('T6: by keys alone, from the top of the gallery', async ({ studio, softened, page, hand }) => {
  await openGallery(page, studio)
  await hand.goToFirstTile()
  await hand.press('Enter')
  await expect(viewerOf(page).getByRole('img').first()).toBeVisible()
  await hand.press('c')
  await hand.press('ArrowRight')
  await expect(page).toHaveURL(new RegExp(softened[1]!.id))
  await hand.press('c')
  await expect(viewerOf(page).getByRole('img')).toHaveCount(2)
  await hand.press('1')
  await expectComparedAtFullSize(page, { a: '15', b: '9', width: widthOf(softened[2]!) })
  hand.score({ clicks: 0, keys: 8 })
})
