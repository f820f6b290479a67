/**
 * @file G1–G4, M1: the gallery of ten thousand files in a real browser, and the web process while nothing happens. The built
 * product (`npm run build`), Chromium of the system.
 */
import { mkdirSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { chromium } from 'playwright'
import { makeGallery } from './fixtures.ts'
import type { BenchContext } from './main.ts'
import { type Figure, median } from './measure/numbers.ts'
import { startServer } from './measure/server-process.ts'

const key = 'pas_for-the-measurement-only-0123456789'
const browserPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

export async function benchGallery({ directory }: BenchContext): Promise<Figure[]> {
  const home = mkdtempSync(join(directory, 'gallery-'))
  mkdirSync(join(home, 'assets', 'input'), { recursive: true })
  const files = await makeGallery(join(home, 'assets', 'output'), 600)
  const studio = await startServer(process.execPath, ['dist/server/main.js'], {
    STUDIO_DIR: home,
    STUDIO_PORT: '0',
    STUDIO_API_KEY: key,
    ENGINE_URL: 'http://127.0.0.1:9',
    NODE_ENV: 'production',
    STUDIO_LOG_LEVEL: 'silent',
  })
  const url = `http://127.0.0.1:${studio.port}`
  const browser = await chromium.launch({
    executablePath: browserPath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  })
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    const page = await context.newPage()
    await page.goto(`${url}/login`)
    await page.getByLabel('Key', { exact: true }).fill(key)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${url}/jobs`)
    await page.getByRole('gridcell').first().waitFor()
    await page.close()

    const scripts: Promise<number>[] = []
    const gallery = await context.newPage()
    gallery.on('response', (response) => {
      if (response.request().resourceType() !== 'script') return
      scripts.push(response.body().then((body) => gzipSync(body).length))
    })
    await gallery.addInitScript(() => {
      const seen = { longTasks: [] as number[], shift: 0 }
      Object.assign(window, { seen })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) seen.longTasks.push(entry.duration)
      }).observe({ type: 'longtask', buffered: true })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
          if (!entry.hadRecentInput) seen.shift += entry.value
        }
      }).observe({ type: 'layout-shift', buffered: true })
    })
    await gallery.goto(`${url}/jobs`)
    await gallery.getByRole('gridcell').first().waitFor()
    await gallery.waitForLoadState('networkidle').catch(() => undefined)
    const scriptBytes = (await Promise.all(scripts)).reduce((sum, bytes) => sum + bytes, 0)
    await gallery.evaluate(() => {
      ;(window as unknown as { seen: { longTasks: number[] } }).seen.longTasks.length = 0
    })
    await gallery.mouse.move(700, 500)
    const nodes: number[] = []
    let height = 0
    for (let turn = 0; turn < 300; turn++) {
      await gallery.mouse.wheel(0, 900)
      if (turn % 10 === 9) {
        const [count, top] = await gallery.evaluate(() => [document.querySelectorAll('*').length, scrollY] as const)
        nodes.push(count)
        height = top
      }
    }
    const seen = await gallery.evaluate(
      () => (window as unknown as { seen: { longTasks: number[]; shift: number } }).seen,
    )
    await context.close()
    // What a page load took is given back in a while; idle is what stays.
    await new Promise((resolve) => setTimeout(resolve, 5000))
    const longest = Math.max(0, ...seen.longTasks)
    return [
      {
        id: 'G1',
        what: 'script of the gallery, gzipped',
        value: scriptBytes / 1000,
        goal: { atMost: 200 },
        unit: 'KB',
        detail: 'everything loaded with the first screen',
      },
      {
        id: 'G2',
        what: 'longest task while scrolling',
        value: longest,
        goal: { atMost: 200 },
        unit: 'ms',
        detail: `${files} files in 600 jobs, 300 turns of the wheel, ${height.toFixed(0)} px; ${seen.longTasks.length} tasks over 50 ms`,
      },
      {
        id: 'G3',
        what: 'most DOM nodes while scrolling',
        value: Math.max(...nodes),
        goal: { atMost: 1500 },
        detail: `median ${median(nodes)}`,
      },
      {
        id: 'G4',
        what: 'cumulative layout shift',
        value: seen.shift,
        goal: { atMost: 0.02 },
        detail: 'load and scrolling',
      },
      {
        id: 'M1',
        what: 'web process, idle',
        value: studio.residentBytes() / 1e6,
        goal: { atMost: 250 },
        unit: 'MB',
        detail: `after pages, ${files} files and their thumbnails were served`,
      },
    ]
  } finally {
    await browser.close()
    await studio.stop()
  }
}
