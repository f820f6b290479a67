/** @file The browser, the three sizes and two themes of the pictures, and taking one. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright'
import sharp from 'sharp'
import { key } from './studio.mjs'

export const screens = [
  { name: 'desktop', viewport: { width: 1440, height: 900 } },
  { name: 'tablet', viewport: { width: 820, height: 1180 }, hasTouch: true, isMobile: true },
  { name: 'phone', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
]
export const themes = ['dark', 'light']

export const launchBrowser = () =>
  chromium.launch({
    executablePath: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
      existsSync(path),
    ),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })

/** The cookies of somebody who signed in. */
export async function signIn(browser, studio) {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${studio.url}/login`)
  await page.getByLabel('Key', { exact: true }).fill(key)
  await page.keyboard.press('Enter')
  // Right after a start the pod may still be busy reading ten thousand files.
  await page.waitForURL(/jobs/, { timeout: 120_000 })
  const session = await context.storageState()
  await context.close()
  return session
}

/** A browser of that size and theme. @param session - from {@link signIn}; without it nobody is signed in */
export async function visit(browser, { screen, theme, session }) {
  const { name: _, ...device } = screen
  const context = await browser.newContext({
    ...device,
    ...(session ? { storageState: session } : {}),
    ...{ colorScheme: theme, reducedMotion: 'reduce', locale: 'en-GB' },
  })
  context.setDefaultTimeout(20_000)
  await context.addInitScript((name) => localStorage.setItem('theme', name), theme)
  return context
}

/** Waits until the page has what it asked for (its event stream never ends), then takes what is seen. */
export async function shoot(page, path) {
  const isThere = () =>
    [...document.images].every((image) => {
      const { top, bottom } = image.getBoundingClientRect()
      // A tile's picture is asked for only when the tile has stayed for a moment: until then it is "complete", and empty.
      return (image.complete && image.naturalWidth > 0) || top > innerHeight || bottom < 0
    }) && [...document.querySelectorAll('video')].every((video) => video.readyState >= 2)
  await page.waitForFunction(isThere).catch(() => undefined)
  await page.waitForTimeout(500)
  await sharp(await page.screenshot())
    .png({ palette: true, quality: 90, effort: 4 })
    .toFile(path)
  console.log(path)
}
