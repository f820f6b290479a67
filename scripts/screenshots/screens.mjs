/**
 * @file Every screen of the studio, as a name and how one gets there. `show` is given a fresh page of a signed-in browser; what
 * it leaves on the page is the picture.
 */
import { special } from '../fixture.mjs'
import { graphFile } from './seed.mjs'

/** A page whose heading is there and that waits for nothing. */
const at = (path) => async (page, studio) => {
  await page.goto(studio.url + (typeof path === 'function' ? path(studio) : path))
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await page.waitForFunction(
    () => !document.body.textContent.includes('Loading…') && !document.querySelector('.skeleton'),
  )
}
const then = (first, next) => async (page, studio) => {
  await first(page, studio)
  await next(page, studio)
}
const screen = (name, show) => ({ name, show })
const tile = (page, name) => page.getByRole('button', { name }).first()
const openFirst = (name, path = '/files?kind=final') =>
  then(at(path), async (page) => {
    await tile(page, name).click()
    await page.getByRole('dialog').waitFor()
  })
/** With the panel, or without it, whatever the size began with. */
const withPanel = (shown) => async (page) => {
  await page.waitForTimeout(300)
  const pressed = page.getByRole('button', { name: 'Details (i)' }).and(page.locator(':visible'))
  const open = (await pressed.first().getAttribute('aria-pressed')) === 'true'
  if (open !== shown) await pressed.first().click()
  if (shown) await page.getByRole('heading', { name: 'File', exact: true }).waitFor()
}
const compared = (mode) =>
  then(at('/files?kind=final'), async (page, studio) => {
    const { groups } = await studio.api('/api/admin/outputs?kind=final&media=image&limit=40')
    const files = groups.filter((group) => group.files.length > 1)[2].files
    const pathOf = (file) => (file.subfolder ? `${file.subfolder}/${file.filename}` : file.filename)
    const query = new URLSearchParams({
      kind: 'final',
      file: pathOf(files[1]),
      with: `outputs:${pathOf(files[0])}`,
      compare: mode,
    })
    await page.goto(`${studio.url}/files?${query}`)
    await page.getByRole('dialog').waitFor()
  })
const scrollTo = (selector) => (page) =>
  page
    .locator(selector)
    .first()
    .evaluate((element) => element.scrollIntoView({ block: 'start' }))

export const loginScreens = [
  screen('login', at('/login')),
  screen('login-refused', async (page, studio) => {
    await at('/login')(page, studio)
    await page.getByLabel('Key', { exact: true }).fill('not-the-key')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').first().waitFor()
  }),
]

export const emptyScreens = ['jobs', 'files', 'queue', 'inputs', 'run', 'models', 'trash'].map((place) =>
  screen(`new-${place}`, at(`/${place}`)),
)

export const seededScreens = [
  screen('jobs', at('/jobs')),
  screen(
    'jobs-further',
    then(at('/jobs'), async (page) => {
      await page.evaluate(() => scrollTo(0, 2400))
      await page.mouse.move(300, 300)
    }),
  ),
  screen(
    'jobs-unfolded',
    then(at('/jobs'), (page) =>
      page
        .getByRole('button', { expanded: false, name: /intermediate/ })
        .first()
        .click(),
    ),
  ),
  screen('jobs-filtered', at('/jobs?q=lighthouse&mark=star')),
  screen(
    'jobs-nothing',
    then(at('/jobs?q=nothing%20like%20it&mark=star'), (page) =>
      page.getByRole('button', { name: 'Clear filters' }).waitFor(),
    ),
  ),
  screen(
    'jobs-selection',
    then(at('/jobs'), async (page) => {
      await page
        .getByRole('button', { name: /^Select the finals of/ })
        .first()
        .click()
      await page.getByRole('region', { name: 'Selection' }).waitFor()
    }),
  ),
  screen(
    'jobs-focus',
    then(at('/jobs'), async (page) => {
      await page.locator('[data-tile]').first().focus()
      await page.keyboard.press('ArrowRight')
    }),
  ),
  screen('files', at('/files')),
  screen('viewer-picture', then(openFirst(/^Picture, final/), withPanel(false))),
  screen('viewer-panel', then(openFirst(/^Picture, final/), withPanel(true))),
  screen('viewer-video', then(openFirst(/^Video, final/, '/files?kind=final&media=video'), withPanel(false))),
  screen('compare-slider', compared('slider')),
  screen('compare-side', compared('side')),
  screen(
    'job-done',
    at(({ made }) => `/jobs/${made['clean-upscale-cutout']}`),
  ),
  screen(
    'job-graph',
    then(
      at(({ made }) => `/jobs/${made['clean-upscale-cutout']}`),
      async (page) => {
        await page.locator('.react-flow__node').first().waitFor()
        await scrollTo('#graph')(page)
      },
    ),
  ),
  screen(
    'job-log',
    then(
      at(({ made }) => `/jobs/${made['clean-upscale-cutout']}`),
      async (page) => {
        const log = page.getByText('Show', { exact: true })
        await log.click()
        await page.getByRole('log').waitFor()
        await page.getByRole('log').scrollIntoViewIfNeeded()
      },
    ),
  ),
  screen(
    'job-failed',
    at(({ ids }) => `/jobs/${ids[special.failed]}`),
  ),
  screen(
    'job-interrupted',
    at(({ ids }) => `/jobs/${ids[special.interrupted]}`),
  ),
  screen('job-gone', async (page, studio) => {
    await page.goto(`${studio.url}/jobs/20200101_000000_000000`)
    await page.getByText('This job is not on the pod').waitFor()
  }),
  screen('inputs', at('/inputs')),
  screen(
    'inputs-selection',
    then(at('/inputs'), async (page) => {
      await page.locator('[data-tile]').first().focus()
      await page.keyboard.press('Control+a')
      await page.getByRole('region', { name: 'Selection' }).waitFor()
    }),
  ),
  screen(
    'uploads',
    then(at('/inputs'), async (page, { context }) => {
      const wire = await context.newCDPSession(page)
      await wire.send('Network.emulateNetworkConditions', {
        ...{ offline: false, latency: 40, downloadThroughput: -1, uploadThroughput: 90_000 },
      })
      const file = (name, megabytes) => ({ name, mimeType: 'video/mp4', buffer: Buffer.alloc(megabytes * 1e6, 7) })
      const chooser = page.waitForEvent('filechooser')
      await page
        .getByRole('button', { name: /Choose files|Upload|Add/ })
        .first()
        .click()
      await (await chooser).setFiles([
        file('holiday on the coast, first cut.mp4', 6),
        file('interview.mp4', 3),
        { name: 'portrait.webp', mimeType: 'image/webp', buffer: Buffer.alloc(1e6, 1) },
        { name: 'notes.docx', mimeType: 'application/msword', buffer: Buffer.from('no picture') },
      ])
      await page.getByRole('region', { name: 'Uploads' }).waitFor()
      await page.waitForTimeout(2500)
    }),
  ),
  screen('run', at('/run')),
  screen('runner', at('/run/upscale-4x')),
  screen('runner-two', at('/run/two-pictures-to-video')),
  screen(
    'runner-library',
    then(at('/run/upscale-4x'), async (page) => {
      await page.getByRole('button', { name: 'Choose', exact: true }).click()
      await page.getByRole('dialog').waitFor()
    }),
  ),
  screen(
    'runner-dropped',
    then(at('/run'), async (page) => {
      await page.getByLabel('Workflow file').setInputFiles(graphFile)
      await page.getByRole('heading', { name: 'lighthouse' }).waitFor()
    }),
  ),
  screen('queue', at('/queue')),
  screen('models', at('/models')),
  screen('pod', at('/pod')),
  screen('storage', then(at('/pod'), scrollTo('#storage'))),
  screen('trash', at('/trash')),
  screen(
    'trash-viewer',
    then(at('/trash'), async (page) => {
      await page
        .getByRole('row')
        .getByRole('button', { name: /^final_/ })
        .first()
        .click()
      await page.getByRole('dialog').waitFor()
    }),
  ),
  screen(
    'jobs-details',
    then(at('/jobs'), async (page, { screen: { name } }) => {
      await page.locator('[data-tile]').first().focus()
      await page.keyboard.press('i')
      await page
        .getByRole(name === 'phone' ? 'dialog' : 'complementary', name === 'phone' ? {} : { name: 'Details' })
        .waitFor()
    }),
  ),
  screen('settings', at('/settings')),
  screen(
    'settings-end',
    then(at('/settings'), (page) => page.evaluate(() => scrollTo(0, document.body.scrollHeight))),
  ),
  screen(
    'shortcuts',
    then(at('/jobs'), async (page) => {
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    }),
  ),
  screen(
    'more',
    then(at('/jobs'), async (page, { screen: { name } }) => {
      if (name === 'phone') await page.getByRole('button', { name: 'More', exact: true }).click()
      else
        await page
          .getByRole('button', { name: /^More for/ })
          .first()
          .click()
      await page.getByRole('menu').waitFor()
    }),
  ),
  screen('reconnecting', async (page, studio) => {
    await page.route('**/api/admin/events**', (route) => route.abort())
    await at('/jobs')(page, studio)
    await page.getByText('Reconnecting to the pod').waitFor({ timeout: 45_000 })
  }),
  screen(
    'line-cut',
    then(at('/jobs'), async (page, { context }) => {
      await page.locator('[data-tile]').first().focus()
      const wire = await context.newCDPSession(page)
      await wire.send('Network.emulateNetworkConditions', {
        ...{ offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 },
      })
      await page.getByText('Reconnecting to the pod').waitFor()
      await page.keyboard.press('Delete')
      await page.locator('[data-sonner-toast]').first().waitFor()
    }),
  ),
  screen('session-expired', async (page, studio) => {
    await page.route('**/api/admin/system', (route) => route.fulfill({ status: 401, json: { detail: 'Signed out' } }))
    await at('/run/upscale-2x')(page, studio)
    await page.getByRole('dialog').waitFor({ timeout: 45_000 })
  }),
  screen('not-found', async (page, studio) => {
    await page.goto(`${studio.url}/no-such-page`)
    await page.getByRole('heading', { name: 'This page does not exist' }).waitFor()
  }),
  screen('broken', async (page, studio) => {
    // An answer of a shape that no studio gives: the page that shows it breaks.
    await page.route('**/api/admin/trash', (route) => route.fulfill({ json: { entries: 1 } }))
    await page.goto(`${studio.url}/trash`)
    await page.getByRole('heading', { name: 'This page broke' }).waitFor()
  }),
]

const hasPreview = (page) => page.getByRole('img', { name: 'Live preview' }).waitFor({ timeout: 60_000 })

export const runningScreens = [
  screen('running-jobs', then(at('/jobs'), hasPreview)),
  screen(
    'running-job',
    then(
      at(({ running }) => `/jobs/${running}`),
      hasPreview,
    ),
  ),
  screen('running-queue', at('/queue')),
  screen(
    'running-queue-chosen',
    then(at('/queue'), async (page) => {
      const boxes = page.getByRole('checkbox')
      await boxes.nth(2).check()
      await boxes.nth(3).check()
    }),
  ),
  screen('running-runner', then(at('/run/upscale-4x'), hasPreview)),
  screen('running-elsewhere', at('/settings')),
]

export const engineDownScreens = [
  screen(
    'engine-down',
    then(at('/jobs'), (page) => page.getByText('Everything but running works meanwhile').waitFor()),
  ),
  screen('engine-down-runner', at('/run/upscale-4x')),
  screen('engine-down-pod', at('/pod')),
]
