/**
 * @file The hand of a person on a page, counted: clicks (or taps), keys, and texts that are pasted or typed as a whole. A
 * task goes through it alone, so that what it took can be held against its bar.
 */
import { type BrowserContext, expect, type Locator, type Page, test } from 'playwright/test'

export interface Bar {
  clicks?: number
  keys?: number
  /** clicks, keys and texts together */
  actions?: number
}

export class Hand {
  clicks = 0
  keys = 0
  texts = 0
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  async click(target: Locator, options?: Parameters<Locator['click']>[0]) {
    this.clicks++
    await target.click(options)
  }

  async tap(target: Locator) {
    this.clicks++
    await target.tap()
  }

  /** One key, with the modifiers held at the same time. */
  async press(key: string) {
    this.keys++
    await this.page.keyboard.press(key)
  }

  /** A text in the field that has the focus, instead of what is in it. */
  async type(text: string) {
    this.texts++
    await this.page.keyboard.press('Control+a')
    await this.page.keyboard.insertText(text)
  }

  /** Tab until something is reached. @throws when it is not within `most` keys */
  async tabTo(reached: (at: FocusedElement) => boolean, most = 120) {
    for (let n = 0; n < most; n++) {
      await this.press('Tab')
      if (reached(await focused(this.page))) return
    }
    throw new Error('the keyboard does not get there')
  }

  /** Opens a page by its two letters. */
  goTo(letter: string, heading: string | RegExp) {
    return this.#firstKeys(['g', letter], this.page.getByRole('heading', { level: 1, name: heading }), 'visible')
  }

  /** From the search down to the first tile of the grid. */
  async goToFirstTile() {
    await this.#firstKeys(['/'], this.page.locator('[data-search]'), 'focused')
    await this.press('ArrowDown')
    await expect(this.page.locator('[data-tile][tabindex="0"]')).toBeFocused()
  }

  /** The very first keys may come before the page listens: then they are pressed again, and counted once. */
  async #firstKeys(keys: readonly string[], target: Locator, becomes: 'visible' | 'focused') {
    const before = this.keys
    await expect(async () => {
      this.keys = before
      for (const key of keys) await this.press(key)
      if (becomes === 'visible') await expect(target).toBeVisible({ timeout: 3000 })
      else await expect(target).toBeFocused({ timeout: 1000 })
    }).toPass()
  }

  /**
   * Holds what was counted against the bar, and reports it with the times. Times are never asserted.
   * @param times - what was timed: milliseconds and its bar in milliseconds
   */
  score(bar: Bar, times: Record<string, readonly [took: number, bar: number]> = {}) {
    const { clicks, keys, texts } = this
    const counted = { clicks, keys, actions: clicks + keys + texts }
    const line = [
      `${clicks} clicks, ${keys} keys, ${texts} texts (bar: ${inWords(bar)})`,
      ...Object.entries(times).map(([what, [took, most]]) => `${what} ${Math.round(took)} ms (bar: ${most} ms)`),
    ].join('; ')
    note(line)
    for (const [what, most] of Object.entries(bar) as [keyof Bar, number][]) {
      expect(counted[what], what).toBeLessThanOrEqual(most)
    }
  }
}

/** Keeps a figure with the report of the test, and prints it. */
export function note(description: string) {
  test.info().annotations.push({ type: 'measured', description })
  console.log(`${test.info().title.split(':')[0]}: ${description}`)
}

export interface FocusedElement {
  name: string
  job: string | null
  tag: string
  /** of a form's field; '' elsewhere */
  type: string
}

const focused = (page: Page): Promise<FocusedElement> =>
  page.evaluate(() => {
    const element = document.activeElement
    const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : []
    return {
      name:
        element?.getAttribute('aria-label') ??
        labels[0]?.textContent?.trim() ??
        element?.textContent?.trim().slice(0, 200) ??
        '',
      job: element?.closest('[data-job]')?.getAttribute('data-job') ?? null,
      tag: element?.tagName ?? '',
      type: element?.getAttribute('type') ?? '',
    }
  })

const inWords = (bar: Bar) =>
  Object.entries(bar)
    .map(([what, most]) => `${most} ${what}`)
    .join(', ')

/** Milliseconds a part of a task takes. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await run()
  return performance.now() - began
}

/** A line as people have: `megabits` a second down (a fifth of it up), `latency` in milliseconds, and a slower processor. */
export async function slowDown(
  context: BrowserContext,
  page: Page,
  { megabits, latency, processor = 1 }: { megabits: number; latency: number; processor?: number },
) {
  const client = await context.newCDPSession(page)
  await client.send('Network.enable')
  const bytes = (megabits * 1e6) / 8
  await client.send('Network.emulateNetworkConditions', {
    ...{ offline: false, latency, downloadThroughput: bytes, uploadThroughput: bytes / 5 },
  })
  if (processor > 1) await client.send('Emulation.setCPUThrottlingRate', { rate: processor })
  return client
}
export const broadband = { megabits: 20, latency: 60 }
/** What browsers call fast 4G, on a processor a quarter as fast. */
export const phoneLine = { megabits: 9, latency: 165, processor: 4 }
