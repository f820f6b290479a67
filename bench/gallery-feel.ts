/**
 * @file What a person feels of the gallery beside scrolling: the first screen on a cold start over a line as people have, a
 * phone's start when the studio was open before, and culling in the viewer by key.
 */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright'
import type { Figure } from './measure/numbers.ts'
import { median } from './measure/numbers.ts'

/** Megabits a second down (a fifth of it up), milliseconds, how many times slower the processor. */
interface Line {
  megabits: number
  latency: number
  processor: number
}

const desk: { options: BrowserContextOptions; line: Line } = {
  options: { viewport: { width: 1440, height: 900 } },
  line: { megabits: 20, latency: 60, processor: 1 },
}
/** What browsers call fast 4G, on a processor a quarter as fast. */
const phone: { options: BrowserContextOptions; line: Line } = {
  options: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  line: { megabits: 9, latency: 165, processor: 4 },
}

async function slowDown(context: BrowserContext, page: Page, { megabits, latency, processor }: Line) {
  const client = await context.newCDPSession(page)
  await client.send('Network.enable')
  const bytes = (megabits * 1e6) / 8
  await client.send('Network.emulateNetworkConditions', {
    ...{ offline: false, latency, downloadThroughput: bytes, uploadThroughput: bytes / 5 },
  })
  await client.send('Emulation.setCPUThrottlingRate', { rate: processor })
  return client
}

const settled = (page: Page) => page.waitForLoadState('networkidle').catch(() => undefined)

/** Largest contentful paint of `/jobs` with nothing kept by the browser. @returns milliseconds, median of three */
async function largestPaint(browser: Browser, signedIn: SignedIn, { options, line }: typeof desk, url: string) {
  const times: number[] = []
  for (let n = 0; n < 3; n++) {
    const context = await browser.newContext({ ...options, storageState: signedIn })
    const page = await context.newPage()
    await slowDown(context, page, line)
    await page.goto(`${url}/jobs`)
    await page.locator('[data-tile] img').first().waitFor()
    await settled(page)
    times.push(
      await page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            new PerformanceObserver((list) => resolve(list.getEntries().at(-1)!.startTime)).observe({
              type: 'largest-contentful-paint',
              buffered: true,
            })
          }),
      ),
    )
    await context.close()
  }
  return median(times)
}

/** What a second start of the page takes from the line. @returns bytes, heads included */
async function warmStart(browser: Browser, signedIn: SignedIn, url: string): Promise<number> {
  const context = await browser.newContext({ ...phone.options, storageState: signedIn })
  const first = await context.newPage()
  await first.goto(`${url}/jobs`)
  await first.locator('[data-tile] img').first().waitFor()
  await settled(first)
  await first.close()
  const page = await context.newPage()
  const client = await slowDown(context, page, phone.line)
  const seen = new Map<string, number>()
  client.on('Network.responseReceived', ({ requestId, response }) => seen.set(requestId, response.encodedDataLength))
  client.on('Network.dataReceived', ({ requestId, encodedDataLength }) =>
    seen.set(requestId, (seen.get(requestId) ?? 0) + encodedDataLength),
  )
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => seen.set(requestId, encodedDataLength))
  await page.goto(`${url}/jobs`)
  await page.locator('[data-tile] img').first().waitFor()
  await settled(page)
  await context.close()
  return [...seen.values()].reduce((sum, bytes) => sum + bytes, 0)
}

/** Fifty finals in the viewer, as a person does it: reject goes on by itself, every tenth gets a star. @returns milliseconds */
async function cullInViewer(context: BrowserContext, url: string): Promise<{ inp: number; neighbour: number }> {
  const page = await context.newPage()
  await page.addInitScript(() => {
    const keyed = new Map<number, number>()
    Object.assign(window, { keyed })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { interactionId: number })[]) {
        if (entry.interactionId === 0) continue
        keyed.set(entry.interactionId, Math.max(keyed.get(entry.interactionId) ?? 0, entry.duration))
      }
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
  })
  await page.goto(`${url}/jobs?media=image`)
  await page.locator('[data-tile] img').first().waitFor()
  await settled(page)
  await page.locator('[data-tile]').first().focus()
  await page.keyboard.press('Enter')
  const viewer = page.getByRole('dialog').first()
  await viewer.waitFor()
  await settled(page)
  const shown = () => new URL(page.url()).searchParams.get('file')
  const times: number[] = []
  for (let n = 0; n < 50; n++) {
    const before = shown()
    const began = performance.now()
    if (n % 10 === 5) await page.keyboard.press('s')
    await page.keyboard.press(n % 5 === 1 || n % 5 === 3 ? 'r' : 'ArrowRight')
    await page.waitForURL((address) => address.searchParams.get('file') !== before)
    await page.waitForFunction(() => {
      const picture = document.querySelector<HTMLImageElement>('dialog img, [role=dialog] img')
      return picture?.complete === true && picture.naturalWidth > 0
    })
    times.push(performance.now() - began)
  }
  const interactions = await page.evaluate(() => [
    ...(window as unknown as { keyed: Map<number, number> }).keyed.values(),
  ])
  await page.close()
  // As the metric is defined: the worst interaction, one outlier of fifty left out.
  return { inp: interactions.sort((a, b) => b - a)[1] ?? 0, neighbour: median(times) }
}

type SignedIn = Awaited<ReturnType<BrowserContext['storageState']>>

/** @param context - a desktop's, signed in */
export async function measureFeel(browser: Browser, context: BrowserContext, url: string): Promise<Figure[]> {
  const signedIn = await context.storageState()
  const { inp, neighbour } = await cullInViewer(context, url)
  const onDesk = await largestPaint(browser, signedIn, desk, url)
  const onPhone = await largestPaint(browser, signedIn, phone, url)
  const bytes = await warmStart(browser, signedIn, url)
  return [
    {
      ...{ id: 'G7', what: 'interaction to next paint, culling in the viewer', value: inp, goal: { atMost: 100 } },
      ...{ unit: 'ms', detail: 'fifty finals by key: next, star, reject' },
    },
    {
      ...{ id: 'G8', what: 'key to the neighbour’s picture', value: neighbour, goal: { atMost: 400 } },
      ...{ unit: 'ms', detail: 'the same; median, the time of the measurement included' },
    },
    {
      ...{ id: 'G9', what: 'largest contentful paint, cold', value: onDesk, goal: { atMost: 1800 } },
      ...{ unit: 'ms', detail: '20 Mbit/s, 60 ms; median of 3' },
    },
    {
      ...{ id: 'G10', what: 'the same on a phone', value: onPhone, goal: { atMost: 2500 } },
      ...{ unit: 'ms', detail: '9 Mbit/s, 165 ms, processor four times slower; median of 3' },
    },
    {
      ...{ id: 'G11', what: 'a phone’s next start, over the line', value: bytes / 1000, goal: { atMost: 300 } },
      ...{ unit: 'KB', detail: 'with what the browser kept from the first' },
    },
  ]
}
