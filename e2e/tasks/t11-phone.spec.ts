/**
 * @file T11: on a phone, is it done, how long still, stop it. Bar: from the icon to the answer at most 3 s and one tap; at most
 * 300 KB over the line when the studio was open before; what stops the run lies in the lower 60 % of the screen.
 */
import { type CDPSession, expect, type Page } from 'playwright/test'
import { until } from '../studio.ts'
import { Hand, note, phoneLine, slowDown } from './hand.ts'
import { phone, test } from './setting.ts'

/** Bytes that came over the line, heads included; what the browser had kept counts nothing. */
function countBytes(client: CDPSession): () => number {
  const seen = new Map<string, number>()
  client.on('Network.responseReceived', ({ requestId, response }) => seen.set(requestId, response.encodedDataLength))
  client.on('Network.dataReceived', ({ requestId, encodedDataLength }) =>
    seen.set(requestId, (seen.get(requestId) ?? 0) + encodedDataLength),
  )
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => seen.set(requestId, encodedDataLength))
  return () => [...seen.values()].reduce((sum, bytes) => sum + bytes, 0)
}

/** The list is there, and every picture in view was loaded, if there are any. */
async function isThere(page: Page) {
  await expect(page.getByRole('gridcell').first()).toBeVisible()
  const awaited = () =>
    page.locator('[data-tile] img').evaluateAll(
      (images: HTMLImageElement[]) =>
        images.filter((image) => {
          const { top, bottom } = image.getBoundingClientRect()
          return bottom > 0 && top < innerHeight && !(image.complete && image.naturalWidth > 0)
        }).length,
    )
  await expect.poll(awaited).toBe(0)
}

test('T11: the icon answers, and the thumb stops the run', async ({ studio, browser, signedIn }) => {
  await studio.clear()
  const context = await browser.newContext({ ...phone, storageState: signedIn })
  const { start_url } = (await (await fetch(`${studio.url}/manifest.webmanifest`)).json()) as { start_url: string }
  const icon = studio.url + start_url
  // It was open before, as on any day but the first.
  const yesterday = await context.newPage()
  await yesterday.goto(icon)
  await isThere(yesterday)
  await yesterday.waitForLoadState('networkidle')
  await yesterday.close()
  const { id } = await studio.run('upscale-4x', { image: 'rocket.jpg' })
  await until(
    () => studio.job(id),
    ({ status }) => status === 'running',
  )

  const page = await context.newPage()
  const hand = new Hand(page)
  const client = await slowDown(context, page, phoneLine)
  const bytes = countBytes(client)
  const strip = page.getByRole('complementary', { name: 'Running job' })
  const began = performance.now()
  await page.goto(icon)
  await expect(strip).toContainText(/\d+ %/)
  const answered = performance.now() - began
  await expect(strip).toContainText(/left|longer than usual|\d+ s/)
  await isThere(page)
  const kilobytes = Math.round(bytes() / 1000)

  const stop = strip.getByRole('button', { name: /^Cancel / })
  const box = (await stop.boundingBox())!
  expect(box.y).toBeGreaterThanOrEqual(0.4 * phone.viewport.height)
  expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(44)
  // A tap by mistake stops nothing, and says how.
  await hand.tap(stop)
  await expect(page.getByText('Hold the button to cancel the run')).toBeVisible()
  expect((await studio.job(id)).status).toBe('running')
  hand.clicks = 1
  const at = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }]
  await client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at })
  await until(
    () => studio.job(id),
    ({ status }) => status === 'cancelled',
  )
  await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await expect(strip).not.toContainText('%')
  note(`${kilobytes} KB over the line (bar: 300 KB)`)
  hand.score({ clicks: 1 }, { 'icon to answer': [answered, 3000] })
  expect(kilobytes).toBeLessThanOrEqual(300)
  await context.close()
})
