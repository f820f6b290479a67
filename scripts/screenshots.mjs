/**
 * @file `npm run screenshots [-- folder]`: starts the built product in a temporary directory, runs real jobs, and takes pictures of
 * it: the three of the README into `docs/images/`, or, with a folder, every page × desktop and phone × dark and light.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import sharp from 'sharp'
import { ensureBuilt, ensureInstalled } from './prepare.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const key = 'pas_for-the-screenshots-only-0123456789'
const folder = process.argv[2]
const desktop = { width: 1440, height: 900 }
const phone = { width: 390, height: 844 }

await ensureInstalled()
await ensureBuilt()
const home = mkdtempSync(join(tmpdir(), 'studio-shots-'))
const studio = spawn(process.execPath, [join(root, 'dist/server/main.js')], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
  env: {
    ...process.env,
    ...{ NODE_ENV: 'production', STUDIO_DIR: home, STUDIO_PORT: '0', ENGINE_PORT: '0', STUDIO_API_KEY: key },
  },
})
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})
try {
  const url = await listening(studio)
  const api = async (path, body) => {
    const answer = await fetch(url + path, {
      method: body ? 'POST' : 'GET',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return answer.json()
  }
  await until(async () => (await api('/api/admin/system')).engine.state === 'ready')
  const run = (workflow, inputs) => api('/api/admin/jobs', { workflow, inputs })
  const settled = () =>
    until(async () => (await api('/api/admin/jobs?status=running,queued')).jobs.length === 0, 300_000)
  await run('upscale-2x', { image: 'chelsea.png' })
  await run('remove-background', { image: 'astronaut.png' })
  await run('clean-up-jpeg', { image: 'rocket.jpg' })
  await run('camera-move', { image: 'coffee.png' })
  await run('upscale-2x', { image: 'coffee.png' })
  await settled()

  const open = async (viewport, theme) => {
    const context = await browser.newContext({ viewport, colorScheme: theme, hasTouch: viewport === phone })
    await context.addInitScript((name) => localStorage.setItem('theme', name), theme)
    const page = await context.newPage()
    await page.goto(`${url}/login`)
    return page
  }
  const signIn = async (page) => {
    await page.getByLabel('Key', { exact: true }).fill(key)
    await page.keyboard.press('Enter')
    await page.waitForURL(/jobs/)
  }
  const shoot = async (page, path) => {
    await page.waitForLoadState('networkidle').catch(() => undefined)
    await page.waitForTimeout(600)
    await sharp(await page.screenshot())
      .png({ palette: true, quality: 90, effort: 8 })
      .toFile(path)
    console.log(path)
  }
  const runPage = async (page, path) => {
    // A run that the engine remembers would be over at once.
    const headers = { 'x-api-key': key }
    await fetch(`${url}/api/free`, { method: 'POST', headers, body: '{"unload_models":true,"free_memory":true}' })
    await page.goto(`${url}/run/upscale-4x`)
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('img', { name: 'Live preview' }).waitFor()
    await shoot(page, path)
  }
  const viewer = async (page, path) => {
    await page.goto(`${url}/jobs`)
    await page
      .getByRole('button', { name: /^Picture, final/ })
      .nth(2)
      .click()
    await page.getByRole('dialog').waitFor()
    await shoot(page, path)
  }

  if (folder) {
    mkdirSync(folder, { recursive: true })
    for (const [size, viewport] of [
      ['desktop', desktop],
      ['phone', phone],
    ]) {
      for (const theme of ['dark', 'light']) {
        const page = await open(viewport, theme)
        const name = (what) => join(folder, `${what}-${size}-${theme}.png`)
        await shoot(page, name('login'))
        await signIn(page)
        for (const place of ['jobs', 'inputs', 'run', 'pod', 'trash', 'settings']) {
          await page.goto(`${url}/${place}`)
          await shoot(page, name(place))
        }
        await viewer(page, name('viewer'))
        await runPage(page, name('running'))
        await run('upscale-2x', { image: 'rocket.jpg' })
        for (const place of ['queue', 'jobs']) {
          await page.goto(`${url}/${place}`)
          await shoot(page, name(`${place}-busy`))
        }
        for (const { id } of (await api('/api/admin/jobs?status=running,queued')).jobs) {
          await api(`/api/admin/jobs/${id}/cancel`, {})
        }
        await settled()
        await page.context().close()
      }
    }
  } else {
    const images = join(root, 'docs', 'images')
    mkdirSync(images, { recursive: true })
    const page = await open(desktop, 'dark')
    await signIn(page)
    await viewer(page, join(images, 'viewer.png'))
    await runPage(page, join(images, 'runner.png'))
    await page.goto(`${url}/jobs`)
    await shoot(page, join(images, 'gallery.png'))
  }
} finally {
  await browser.close()
  studio.kill('SIGTERM')
  await once(studio, 'exit')
  rmSync(home, { recursive: true, force: true })
}

async function listening(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /^Pod Studio listening on (http:\S+)/.exec(line)
    if (match) return match[1]
  }
  throw new Error('the studio did not start')
}

async function until(holds, patience = 60_000) {
  for (const end = Date.now() + patience; Date.now() < end; ) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error('waited in vain')
}
