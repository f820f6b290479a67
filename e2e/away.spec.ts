/**
 * @file A page that does not hear everything at once: event streams that do not get through, so that it has to ask; a proxy
 * that answers for the pod; a line that is cut; and a page that nobody looks at, which says by a notification what ended.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BrowserContext, expect, type Locator, type Page, type Request, test } from 'playwright/test'
import type { Job } from '#contracts/jobs'
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts'
import { signIn } from './sign-in.ts'
import { type Studio, startStudio, until } from './studio.ts'

let studio: Studio
let proxy: CuttingProxy
let context: BrowserContext

test.beforeAll(async () => {
  studio = await startStudio()
  proxy = await startCuttingProxy(studio.url)
  await until(
    () => studio.json<{ engine: { state: string } }>('/api/admin/system'),
    ({ engine }) => engine.state === 'ready',
  )
})
test.afterAll(async () => {
  proxy.close()
  await studio.dispose()
})
test.beforeEach(async ({ browser }) => {
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
})
test.afterEach(async () => {
  proxy.streams = 'pass'
  proxy.restore()
  await context.close()
})

async function signedInPage(): Promise<Page> {
  const page = await context.newPage()
  await signIn(page, proxy.url)
  return page
}

const start = (workflow: string, inputs: Record<string, unknown> = { image: 'astronaut.png' }) =>
  studio.json<Job>('/api/admin/jobs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ workflow, inputs }),
  })
const ended = (id: string) =>
  until(
    () => studio.json<Job>(`/api/admin/jobs/${id}`),
    ({ finished_at }) => finished_at !== null,
  )
async function damagedPicture(): Promise<string> {
  await writeFile(join(studio.directory, 'assets/input/damaged.png'), 'no picture at all')
  return 'damaged.png'
}
const cancel = (id: string) => studio.request(`/api/admin/jobs/${id}/cancel`, { method: 'POST' })

const saysThatItAsks = (page: Page) =>
  expect(page.getByRole('status').filter({ hasText: 'this page updates every 5 s' })).toBeVisible({ timeout: 40_000 })

test('without event streams progress, the queue and new results are seen all the same, and the page says why they are late', async () => {
  proxy.streams = 'refuse'
  const page = await signedInPage()
  await saysThatItAsks(page)
  const long = await start('upscale-4x')
  const short = await start('remove-background')
  const progress = page.getByRole('progressbar', { name: /^Progress of / }).first()
  await expect
    .poll(async () => Number(await progress.getAttribute('aria-valuenow')), { timeout: 60_000 })
    .toBeGreaterThan(0)
  await page.getByRole('link', { name: 'Queue' }).first().click()
  await expect(page.getByRole('heading', { level: 1, name: 'Queue' })).toBeVisible()
  await expect(page.getByRole('main').getByText('Remove the background').first()).toBeVisible()
  await cancel(long.id)
  await ended(short.id)
  await page.getByRole('link', { name: 'Jobs' }).first().click()
  await expect(page.locator(`[data-tile^="outputs:${short.id}/"]`).first()).toBeVisible({ timeout: 30_000 })
  await expect(progress).toHaveCount(0, { timeout: 30_000 })
})

test('a proxy that answers in place of the pod does not take the page away: the page that was chosen opens when it can', async () => {
  const page = await signedInPage()
  await page.goto(`${proxy.url}/settings`)
  // The page is awake once it has an answer of its own: before, the browser itself would follow the link.
  await works(page.getByLabel('Trash'))
  let documents = 0
  await context.route('**/*', async (route) => {
    if (route.request().resourceType() === 'document') documents++
    await route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' })
  })
  await page.getByRole('link', { name: 'Queue' }).first().click()
  await expect(
    page.getByRole('alert').filter({ hasText: 'Pages you choose open as soon as it answers.' }),
  ).toBeVisible()
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
  await context.unroute('**/*')
  await expect(page.getByRole('heading', { level: 1, name: 'Queue' })).toBeVisible()
  expect(documents).toBe(0)
})

test('a stream that is open and silent, as behind a hop that collects answers, counts as none', async () => {
  proxy.streams = 'hold'
  const page = await signedInPage()
  await saysThatItAsks(page)
})

const reason = 'The pod cannot be reached: this works again when the line is back'
const saysItIsCut = (page: Page) =>
  expect(page.getByRole('alert').filter({ hasText: 'Reconnecting to the pod' })).toBeVisible({ timeout: 30_000 })
/** Is there, said to be disabled, and says why: beside the pointer, and to whoever presses it all the same. */
async function waitsForTheLine(page: Page, control: Locator) {
  await expect(control).toHaveAttribute('aria-disabled', 'true')
  await expect(control).toHaveAttribute('title', reason)
  await control.dispatchEvent('click')
  await expect(page.getByText(reason).first()).toBeVisible()
}
/** Uses a page, and waits until the scripts that come with its first use are there. */
async function isInUse(page: Page) {
  const coming = new Set<Request>()
  let toasterIsThere = false
  page.on('request', (request) => {
    if (request.resourceType() === 'script') coming.add(request)
    // Asked for by what comes after the toaster: by then every other script of the first use was asked for, too.
    if (request.url().includes('/events?types=trash.purged')) toasterIsThere = true
  })
  page.on('requestfinished', (request) => coming.delete(request))
  page.on('requestfailed', (request) => coming.delete(request))
  await expect
    .poll(
      async () => {
        // Again, as the page may not have been awake.
        await page.mouse.move(700, 500)
        await page.mouse.move(701, 500)
        return toasterIsThere && coming.size === 0
      },
      { timeout: 30_000 },
    )
    .toBe(true)
}
const works = (control: Locator) => expect(control).toBeEnabled({ timeout: 30_000 })

test('while the line is cut, what needs the pod says so and what is loaded is used; nothing of it is lost when it is back', async () => {
  const done = await start('remove-background')
  await ended(done.id)
  const running = await start('upscale-4x')
  // A second long one, so that the others still wait at the end however long that takes.
  const behind = await start('upscale-4x', { image: 'rocket.jpg' })
  const waiting = [await start('remove-background'), await start('remove-background')]
  const jobs = await signedInPage()
  const tile = jobs.locator(`[data-tile^="outputs:${done.id}/"]`).first()
  await expect(tile).toBeVisible()
  const queue = await context.newPage()
  await queue.goto(`${proxy.url}/queue`)
  const later = queue.locator(`[data-job="${waiting[1]!.id}"]`)
  await expect(later).toBeVisible()
  const run = await context.newPage()
  await run.goto(`${proxy.url}/run/remove-background`)
  const more = run.getByRole('button', { name: 'One run more' })
  await expect(more).toBeVisible()

  for (const page of [jobs, queue, run]) await isInUse(page)
  await tile.hover()

  proxy.cut()
  for (const page of [jobs, queue, run]) await saysItIsCut(page)

  await waitsForTheLine(jobs, jobs.getByRole('button', { name: /^Star / }).first())
  await tile.press('s')
  await waitsForTheLine(jobs, jobs.getByRole('button', { name: 'Cancel' }).first())
  await tile.press('Enter')
  await waitsForTheLine(jobs, jobs.getByRole('button', { name: 'Star (s)' }))
  await jobs.keyboard.press('Escape')
  await tile.press('x')
  const bar = jobs.getByRole('region', { name: 'Selection' })
  await expect(bar).toContainText('1 final selected')
  for (const name of ['Star', 'Reject', 'Move to trash', 'Use as input'])
    await waitsForTheLine(jobs, bar.getByRole('button', { name, exact: true }))
  await tile.press('Delete')
  await expect(tile).toBeVisible()
  await expect(jobs.getByRole('button', { name: /^Take the star from / })).toHaveCount(0)

  await waitsForTheLine(queue, later.getByRole('button', { name: /to the front$/ }))
  await waitsForTheLine(queue, later.getByRole('button', { name: /out of the queue$/ }))
  await waitsForTheLine(queue, queue.getByRole('button', { name: 'Pause' }))
  await waitsForTheLine(run, run.getByRole('button', { name: /^(Run|Queue)/ }))
  await more.click()

  proxy.restore()
  await works(bar.getByRole('button', { name: 'Move to trash' }))
  await expect(bar).toContainText('1 final selected')
  await works(later.getByRole('button', { name: /to the front$/ }))
  await works(run.getByRole('button', { name: 'Run 2' }))
  await expect(jobs.getByRole('alert').filter({ hasText: 'Reconnecting' })).toHaveCount(0)
  await later.getByRole('button', { name: /to the front$/ }).click()
  await expect(queue.locator('[data-job]').first()).toHaveAttribute('data-job', waiting[1]!.id)
  for (const { id } of [...waiting, behind, running]) await cancel(id)
})

test('a browser that is offline says so at once, in the settings and in the trash, too; what it can undo it can undo later', async () => {
  const kept = await ended((await start('remove-background')).id)
  const done = await ended((await start('remove-background')).id)
  await studio.request('/api/admin/assets/delete', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'outputs', files: [done.id], trash: true }),
  })
  const settings = await signedInPage()
  await settings.goto(`${proxy.url}/settings`)
  await works(settings.getByLabel('Trash'))
  const trash = await context.newPage()
  await trash.goto(`${proxy.url}/trash`)
  const restore = trash.getByRole('button', { name: 'Restore', exact: true }).first()
  await works(restore)

  await isInUse(trash)
  const gone = await context.newPage()
  await gone.goto(`${proxy.url}/jobs`)
  const tile = gone.locator(`[data-tile^="outputs:${kept.id}/"]`).first()
  await tile.press('Delete')
  // Said once the page knows the way back.
  await expect(gone.getByText(/^Moved .* to the trash/)).toBeVisible()
  await expect(tile).toHaveCount(0)

  await context.setOffline(true)
  await waitsForTheLine(trash, restore)
  await expect(trash.getByText(reason)).toHaveCount(0, { timeout: 30_000 })
  await restore.press('r')
  await expect(trash.getByText(reason).first()).toBeVisible()
  await expect(settings.getByLabel('Trash')).toBeDisabled()
  await expect(settings.getByLabel('Trash')).toHaveAttribute('title', reason)
  await gone.keyboard.press('Control+z')
  await expect(gone.getByText('Check the connection; nothing was lost.')).toBeVisible()

  await context.setOffline(false)
  await works(settings.getByLabel('Trash'))
  await works(restore)
  await restore.click()
  await expect(trash.getByText('Restored').first()).toBeVisible()
  await gone.keyboard.press('Control+z')
  await expect(tile).toBeVisible()
})

/** What the page would show on the desk: the browser's own permission is real, the showing is taken down. */
async function listen(page: Page): Promise<() => Promise<{ title: string; body: string }[]>> {
  await page.evaluate(() => {
    const shown: { title: string; body: string }[] = []
    const { permission, requestPermission } = Notification
    class Shown extends EventTarget {
      static permission = permission
      static requestPermission = requestPermission.bind(Notification)
      onclick: (() => void) | null = null
      constructor(title: string, { body = '' }: NotificationOptions = {}) {
        super()
        shown.push({ title, body })
      }
      close() {}
    }
    Object.assign(window, { Notification: Shown, shown })
  })
  return () => page.evaluate(() => (window as unknown as { shown: { title: string; body: string }[] }).shown)
}
const look = (page: Page, away: boolean) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value: hidden })
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: hidden ? 'hidden' : 'visible' })
    document.dispatchEvent(new Event('visibilitychange'))
  }, away)

test('a job that ends while nobody looks is told by a notification, done or failed; not when one looks, nor switched off', async () => {
  await context.grantPermissions(['notifications'], { origin: proxy.url })
  await context.addInitScript(() => {
    if (localStorage.getItem('studio.preferences') === null)
      localStorage.setItem('studio.preferences', JSON.stringify({ tellWhenDone: true }))
  })
  const page = await signedInPage()
  await page.goto(`${proxy.url}/queue`)
  expect(await page.evaluate(() => Notification.permission)).toBe('granted')
  const shown = await listen(page)
  const said = (text: string) => expect(page.getByText(text).first()).toBeVisible({ timeout: 60_000 })

  await look(page, false)
  await ended((await start('remove-background')).id)
  await said('Remove the background is done')
  expect(await shown()).toEqual([])

  await look(page, true)
  const done = await start('remove-background')
  await ended(done.id)
  await expect.poll(shown, { timeout: 30_000 }).toEqual([{ title: 'Remove the background is done', body: '1 final' }])

  const failed = await ended((await start('upscale-2x', { image: await damagedPicture() })).id)
  expect(failed.status).toBe('failed')
  await expect
    .poll(async () => (await shown())[1], { timeout: 30_000 })
    .toEqual({ title: 'Enlarge 2× failed', body: failed.error!.message })

  await page.evaluate(() => localStorage.setItem('studio.preferences', JSON.stringify({ tellWhenDone: false })))
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: 'Queue' })).toBeVisible()
  const shownNow = await listen(page)
  await look(page, true)
  await ended((await start('remove-background')).id)
  await said('Remove the background is done')
  expect(await shownNow()).toEqual([])
})
