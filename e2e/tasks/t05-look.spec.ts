/**
 * @file T5: the newest final of the last job, sharp at 100 %. Bar: at most 2 clicks, at most 1.5 s; Escape returns the focus to
 * that tile. By keys alone too.
 */
import { expect, type Page } from 'playwright/test'
import type { Job } from '#contracts/jobs'
import { timed } from './hand.ts'
import { finalsOf, openGallery, test, tileOf } from './setting.ts'

const viewerOf = (page: Page) => page.getByRole('dialog').first()

/** One picture pixel is one screen pixel, of the original and not of a thumbnail. */
async function expectSharp(page: Page, job: Job) {
  const picture = viewerOf(page).getByRole('img').first()
  await expect.poll(() => picture.evaluate((image) => image.getBoundingClientRect().width)).toBe(job.outputs[0]!.width)
  await expect(viewerOf(page).locator('img[data-sharp]')).toHaveAttribute('src', /\/api\/admin\/files\//)
}

test('T5: one click on the tile, one on 100 %', async ({ studio, softened, page, hand }) => {
  const newest = softened[2]!
  await openGallery(page, studio)
  const took = await timed(async () => {
    await hand.click(tileOf(page, finalsOf(newest)[0]!))
    await hand.click(viewerOf(page).getByRole('button', { name: /one to one/ }))
    await expectSharp(page, newest)
  })
  await hand.press('Escape')
  await expect(viewerOf(page)).toBeHidden()
  await expect(tileOf(page, finalsOf(newest)[0]!)).toBeFocused()
  hand.score({ clicks: 2 }, { 'click to sharp': [took, 1500] })
})

test('T5: by keys alone', async ({ studio, softened, page, hand }) => {
  const newest = softened[2]!
  await openGallery(page, studio)
  await hand.goToFirstTile()
  await expect(tileOf(page, finalsOf(newest)[0]!)).toBeFocused()
  await hand.press('Enter')
  await expect(viewerOf(page)).toBeVisible()
  await hand.press('1')
  await expectSharp(page, newest)
  await hand.press('Escape')
  await expect(tileOf(page, finalsOf(newest)[0]!)).toBeFocused()
  hand.score({ clicks: 0, keys: 5 })
})
