/**
 * @file Looking closely, beyond the tasks (e2e/tasks/t05 to t07): the viewer with its keys, the ways to compare two results,
 * videos, and the page of a job with its graph.
 */
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { expect, type Locator, type Page, test } from 'playwright/test'
import type { Job, JobDetail, JobList } from '#contracts/jobs'
import { signIn } from './sign-in.ts'
import { type Studio, startStudio, until } from './studio.ts'

/** Fast, and its settings are seen in the picture. */
const soften = {
  name: 'Soften',
  description: 'Blurs a picture.',
  inputs: [
    { id: 'image', type: 'image', label: 'Picture', targets: [{ node: '1', input: 'image' }] },
    {
      id: 'radius',
      type: 'int',
      label: 'Radius',
      default: 3,
      min: 1,
      max: 31,
      targets: [{ node: '2', input: 'blur_radius' }],
    },
    {
      id: 'sigma',
      type: 'float',
      label: 'Sigma',
      default: 1,
      min: 0.1,
      max: 10,
      targets: [{ node: '2', input: 'sigma' }],
    },
  ],
  outputs: [{ node: '3', kind: 'final' }],
  prompt: {
    1: { class_type: 'LoadImage', inputs: { image: 'chelsea.png' }, _meta: { title: 'Read the picture' } },
    2: {
      class_type: 'ImageBlur',
      inputs: { image: ['1', 0], blur_radius: 3, sigma: 1 },
      _meta: { title: 'Blur it' },
    },
    3: { class_type: 'SaveImage', inputs: { images: ['2', 0], filename_prefix: 'soft' }, _meta: { title: 'Keep it' } },
  },
}

let studio: Studio
let page: Page
let viewer: Locator
let jobs: Job[]
const troubles: string[] = []

test.describe.configure({ mode: 'serial' })

const post = <T>(path: string, body: unknown) =>
  studio.json<T>(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
const allJobs = async () => (await studio.json<JobList>('/api/admin/jobs?limit=50')).jobs
const ended = () => until(allJobs, (list) => list.length > 0 && list.every((job) => job.finished_at !== null))

async function run(workflow: string, inputs: Record<string, unknown>): Promise<Job> {
  const { id } = await post<Job>('/api/admin/jobs', { workflow, inputs })
  return until(
    () => studio.json<Job>(`/api/admin/jobs/${id}`),
    (job) => job.finished_at !== null,
  )
}

test.beforeAll(async ({ browser }) => {
  const directory = await mkdtemp(join(tmpdir(), 'studio-e2e-'))
  await mkdir(join(directory, 'workflows'))
  await writeFile(join(directory, 'workflows/soften.json'), JSON.stringify(soften))
  studio = await startStudio({ directory })
  await until(
    () => studio.json<{ engine: { state: string } }>('/api/admin/system'),
    (s) => s.engine.state === 'ready',
  )
  const film = await run('camera-move', { image: 'coffee.png', steps: 2 })
  expect(film.error).toBeNull()
  jobs = []
  for (const radius of [3, 9, 15]) jobs.push(await run('soften', { image: 'chelsea.png', radius, sigma: 4 }))
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  page = await context.newPage()
  page.on('pageerror', (error) => troubles.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`${message.text()} ${message.location().url}`)
  })
  await signIn(page, studio.url)
  viewer = page.getByRole('dialog').first()
})
test.afterEach(() => {
  expect(troubles).toEqual([])
})
test.afterAll(async () => {
  await page.context().close()
  await studio.dispose()
})

const pathOf = (job: Job) => `${job.outputs[0]!.subfolder}/${job.outputs[0]!.filename}`
const tileOf = (job: Job) => page.locator(`[data-tile="outputs:${pathOf(job)}"]`)
const shows = (job: Job) =>
  expect(page).toHaveURL(new RegExp(`file=${encodeURIComponent(pathOf(job)).replaceAll('%2F', '(%2F|/)')}`))
const scaleOf = () =>
  viewer
    .getByRole('img')
    .first()
    .evaluate((image) => image.getBoundingClientRect().width)

test('the address keeps what is open: reload shows it again, Back closes it', async () => {
  await tileOf(jobs[2]!).press('Enter')
  await expect(viewer).toBeVisible()
  await page.keyboard.press('ArrowRight')
  await shows(jobs[1]!)
  await page.reload()
  await expect(viewer.getByRole('img', { name: 'final_00001.png' })).toBeVisible()
  await shows(jobs[1]!)
  await page.goBack()
  await expect(viewer).toBeHidden()
  await expect(page).not.toHaveURL(/file=/)
})

test('zoom and place stay on the way to the next picture, and can be let go', async () => {
  await tileOf(jobs[2]!).click()
  await expect(viewer.getByRole('img').first()).toBeVisible()
  const fitted = await scaleOf()
  for (let n = 0; n < 3; n++) await page.keyboard.press('+')
  const zoomed = await scaleOf()
  expect(zoomed).toBeGreaterThan(fitted * 2)
  await page.keyboard.press('ArrowRight')
  await shows(jobs[1]!)
  expect(await scaleOf()).toBeCloseTo(zoomed, 0)
  await page.keyboard.press('l')
  await page.keyboard.press('ArrowRight')
  await shows(jobs[0]!)
  await expect.poll(scaleOf).toBeCloseTo(fitted, 0)
  await page.keyboard.press('l')
  await page.keyboard.press('Space')
  await expect.poll(scaleOf).toBe(jobs[0]!.outputs[0]!.width)
  await page.keyboard.press('Space')
  await expect.poll(scaleOf).toBeCloseTo(fitted, 0)
  const box = (await viewer.getByRole('img').first().boundingBox())!
  await page.mouse.move(box.x + 50, box.y + 50)
  await page.mouse.wheel(0, -400)
  await expect.poll(scaleOf).toBeGreaterThan(fitted * 1.5)
  // The place under the pointer stays under it.
  const after = (await viewer.getByRole('img').first().boundingBox())!
  expect((box.x + 50 - after.x) / after.width).toBeCloseTo(50 / box.width, 1)
  await page.keyboard.press('Home')
  await page.keyboard.press('Escape')
  await expect(viewer).toBeHidden()
})

test('star and reject are one key each, and reject goes on to the next', async () => {
  const markOf = async (job: Job) => (await studio.json<Job>(`/api/admin/jobs/${job.id}`)).outputs[0]?.mark
  await tileOf(jobs[2]!).click()
  await expect(viewer).toBeVisible()
  await page.keyboard.press('s')
  await expect(viewer.getByText('starred')).toBeVisible()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('r')
  await shows(jobs[0]!)
  await until(
    () => Promise.all(jobs.map(markOf)),
    ([, middle, last]) => middle === 'reject' && last === 'star',
  )
  await page.keyboard.press('ArrowLeft')
  await expect(viewer.getByText('rejected')).toBeVisible()
  await page.keyboard.press('r')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('s')
  await until(
    () => Promise.all(jobs.map(markOf)),
    (found) => found.every((mark) => mark === undefined),
  )
  await page.keyboard.press('Escape')
})

test('Del moves to the next and Ctrl + Z takes it back', async () => {
  const folder = join(studio.directory, 'assets/output', jobs[1]!.id, 'final')
  await tileOf(jobs[1]!).click()
  await expect(viewer).toBeVisible()
  await page.keyboard.press('Delete')
  await shows(jobs[0]!)
  await until(
    () => readdir(folder).catch(() => []),
    (names) => names.length === 0,
  )
  await page.getByText(/Moved .* to the trash/).waitFor()
  await page.keyboard.press('Control+z')
  await until(
    () => readdir(folder).catch(() => []),
    (names) => names.length === 1,
  )
  await page.keyboard.press('Escape')
  await expect(tileOf(jobs[1]!)).toBeVisible()
})

test('the line between A and B is moved by keys, and the three ways are gone through with m; reload keeps them', async () => {
  await tileOf(jobs[2]!).press('Enter')
  await expect(viewer.getByRole('img').first()).toBeVisible()
  await page.keyboard.press('c')
  await page.keyboard.press('ArrowRight')
  await shows(jobs[1]!)
  await page.keyboard.press('c')
  const line = viewer.getByRole('slider', { name: 'Line between A and B' })
  await expect(line).toHaveAttribute('aria-valuenow', '50')
  await line.focus()
  await page.keyboard.press('ArrowLeft')
  await expect(line).toHaveAttribute('aria-valuenow', '48')
  await page.keyboard.press('End')
  await expect(line).toHaveAttribute('aria-valuenow', '100')
  await shows(jobs[1]!)
  // Without dragging: a click on the stage.
  const { width } = (await viewer.locator('[data-compare]').boundingBox())!
  await viewer.locator('[data-compare]').click({ position: { x: width / 4, y: 60 } })
  await expect(line).toHaveAttribute('aria-valuenow', '25')
  for (const mode of ['side', 'blink', 'slider', 'side']) {
    await page.keyboard.press('m')
    await expect(viewer.locator('[data-compare]')).toHaveAttribute('data-compare', mode)
  }
  await page.reload()
  await expect(viewer.locator('[data-compare="side"]')).toBeVisible()
  await page.keyboard.press('ArrowRight')
  await shows(jobs[0]!)
  await expect(viewer.getByRole('table').first()).toContainText('15')
  await page.keyboard.press('Escape')
  await expect(viewer.locator('[data-compare]')).toHaveCount(0)
  await page.keyboard.press('Escape')
  await expect(viewer).toBeHidden()
})

test('an output becomes an input with one key', async () => {
  await tileOf(jobs[2]!).click()
  await expect(viewer).toBeVisible()
  await page.keyboard.press('e')
  await page.getByText('final_00001.png is an input now').waitFor()
  const names = await readdir(join(studio.directory, 'assets/input'))
  expect(names.filter((name) => name.endsWith('_final_00001.png'))).toHaveLength(1)
  await page.keyboard.press('Escape')
})

test('the keys of every page work in the viewer, and the one that leads elsewhere closes it', async () => {
  await tileOf(jobs[2]!).click()
  await expect(viewer).toBeVisible()
  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await expect(sheet).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
  await expect(viewer).toBeVisible()
  await page.keyboard.press('g')
  await page.keyboard.press('s')
  await expect(page).toHaveURL(/\/settings$/)
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
  expect((await studio.json<Job>(`/api/admin/jobs/${jobs[2]!.id}`)).outputs[0]!.mark ?? null).toBeNull()
  await page.goto(`${studio.url}/jobs`)
})

test('on a narrow screen the settings are used by a button; the new result is opened beside the file it came from', async () => {
  await page.setViewportSize({ width: 800, height: 900 })
  await page.goto(`${studio.url}/jobs?file=${encodeURIComponent(pathOf(jobs[2]!))}`)
  await viewer.getByRole('button', { name: 'Use these settings (u)' }).filter({ visible: true }).click()
  await page.getByRole('spinbutton', { name: 'Radius' }).fill('9')
  // The key runs it wherever the focus is.
  await page.getByRole('link', { name: 'All workflows' }).focus()
  await page.keyboard.press('Control+Enter')
  await page.getByRole('link', { name: 'Open', exact: true }).click()
  await expect(viewer).toBeVisible()
  expect(new URL(page.url()).searchParams.get('with')).toBe(`outputs:${pathOf(jobs[2]!)}`)
  await page.keyboard.press('c')
  await expect(viewer.locator('[data-compare]')).toBeVisible()
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.goto(`${studio.url}/jobs`)
})

test('a value is copied on plain http too, and a refusal is said', async () => {
  await tileOf(jobs[2]!).click()
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { configurable: true, value: undefined }))
  await viewer.getByRole('button', { name: 'Copy Name' }).click()
  await expect(viewer.getByRole('button', { name: 'Name copied' })).toBeVisible()
  await page.evaluate(() => {
    document.execCommand = () => false
  })
  await viewer.getByRole('button', { name: 'Copy Name' }).click()
  await expect(page.getByText('Name was not copied')).toBeVisible()
  await page.goto(`${studio.url}/jobs`)
})

test('a video is stepped by frames, and a frame is kept as an input', async () => {
  const film = (await ended()).find((job) => job.workflow?.id === 'camera-move')!
  await page.goto(`${studio.url}/jobs/${film.id}`)
  await page
    .getByRole('button', { name: /^Video, final/ })
    .first()
    .click()
  const video = viewer.locator('video')
  await until(
    () => video.evaluate((element: HTMLVideoElement) => element.readyState),
    (state) => state >= 2,
  )
  // Twelve frames a second: any moment within a frame shows it, so frames are counted, not seconds.
  const frame = () => video.evaluate((element: HTMLVideoElement) => Math.floor(element.currentTime * 12 + 1e-6))
  await page.keyboard.press('.')
  await expect.poll(frame).toBe(1)
  await page.keyboard.press('.')
  await expect.poll(frame).toBe(2)
  await page.keyboard.press(',')
  await expect.poll(frame).toBe(1)
  await page.keyboard.press(']')
  await expect(viewer.getByLabel('Speed')).toHaveValue('1.5')
  await page.keyboard.press('Shift+S')
  await until(
    () => readdir(join(studio.directory, 'assets/input')),
    (names) => names.some((name) => /_at_00m\d\d\.\d{3}s\.png$/.test(name)),
  )
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: /^Video, final/ }).first()).toBeFocused()
})

test('the page of a job tells what happened to each node, as a graph and in words', async () => {
  const { nodes } = await studio.json<JobDetail>(`/api/admin/jobs/${jobs[0]!.id}`)
  expect(nodes?.map((node) => node.id).sort()).toEqual(['1', '2', '3'])
  await page.goto(`${studio.url}/jobs/${jobs[0]!.id}`)
  await expect(page.getByRole('heading', { name: 'Soften', level: 1 })).toBeVisible()
  await expect(page.getByRole('list', { name: 'Time of each node' }).getByRole('listitem')).toHaveCount(3)
  await expect(page.locator('.react-flow__node')).toHaveCount(3)
  await expect(page.locator('.react-flow__edge')).toHaveCount(2)
  await page.locator('.react-flow__node', { hasText: 'Blur it' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByText('from Read the picture').first()).toBeVisible()
  await page.getByText('As a list (3)').click()
  await expect(page.getByRole('listitem').filter({ hasText: 'ImageBlur' })).toBeVisible()
})

test('a failed job says why and what to try', async () => {
  await writeFile(join(studio.directory, 'assets/input/broken.png'), 'not a picture')
  const { job } = await post<{ job: string }>('/api/prompt', {
    prompt: {
      1: { class_type: 'LoadImage', inputs: { image: 'broken.png' } },
      2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } },
    },
  })
  await page.goto(`${studio.url}/jobs/${job}`)
  const why = page.getByRole('region', { name: 'Why it failed' })
  await expect(why).toBeVisible()
  await expect(why).toContainText('What to try:')
  await expect(page.getByRole('button', { name: 'Retry' }).first()).toBeVisible()
})

test('a job that is gone is said to be gone', async () => {
  // In a page of its own: the browser reports each 404 as an error, and a page asks again when its line stands.
  const visitor = await page.context().newPage()
  await visitor.goto(`${studio.url}/jobs/20200101_000000_abcdef`)
  await expect(visitor.getByText('This job is not on the pod')).toBeVisible()
  await visitor.close()
})

for (const theme of ['dark', 'light'] as const) {
  test(`viewer, compare and job page are accessible, ${theme}`, async () => {
    const [first, second] = [pathOf(jobs[0]!), pathOf(jobs[1]!)].map(encodeURIComponent)
    await page.evaluate((name) => localStorage.setItem('theme', name), theme)
    for (const path of [
      `/jobs?file=${first}`,
      `/jobs?file=${first}&with=outputs:${second}&compare=slider`,
      `/jobs?file=${first}&with=outputs:${second}&compare=side`,
      `/jobs/${jobs[0]!.id}`,
    ]) {
      for (const viewport of [
        { width: 1440, height: 900 },
        { width: 390, height: 844 },
      ]) {
        await page.setViewportSize(viewport)
        await page.goto(studio.url + path)
        await expect(path.startsWith('/jobs/') ? page.locator('.react-flow__node').first() : viewer).toBeVisible()
        const axe = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
        const faults = axe.violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map((fault) => `${fault.id}: ${fault.nodes.map((node) => node.target.join(' ')).join(', ')}`)
        expect(faults, `${path} at ${viewport.width}`).toEqual([])
        const sideways = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        expect(sideways, `${path} at ${viewport.width}`).toBeLessThanOrEqual(0)
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 })
  })
}
