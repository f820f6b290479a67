/** @file Signing in by the form, as a person does. The form itself is tested in `main-job.spec.ts` and in task 1. */
import type { Browser, BrowserContext, Page } from 'playwright/test'
import { apiKey } from './studio.ts'

/** Cookies and storage of a browser that is signed in: the `storageState` of a new context. */
export type SignedIn = Awaited<ReturnType<BrowserContext['storageState']>>

/** Signs a page in and waits for the gallery. @param url - of the studio, or of a proxy before it */
export async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/login`)
  await page.getByLabel('Key', { exact: true }).fill(apiKey)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/jobs/)
}

/** Signs in once, for any number of contexts. */
export async function signInOnce(browser: Browser, url: string): Promise<SignedIn> {
  const context = await browser.newContext()
  await signIn(await context.newPage(), url)
  const signedIn = await context.storageState()
  await context.close()
  return signedIn
}
