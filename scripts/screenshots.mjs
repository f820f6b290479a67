/**
 * @file `npm run screenshots [-- FOLDER [PART-OF-A-NAME]]`: takes pictures of the built product in a real browser. Without a folder
 * the three of the README, into `docs/images/`. With one, every screen × desktop, tablet, phone × dark, light, on the seeded
 * fixture and with real jobs: what `docs/ui-review.md` judges. A part of a file's name
 * (`viewer`, `phone-dark`) takes only those.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { makeFixture } from './fixture.mjs'
import { ensureBuilt, ensureInstalled, projectRoot } from './prepare.mjs'
import { launchBrowser, screens, shoot, signIn, themes, visit } from './screenshots/browser.mjs'
import { takeReadmePictures } from './screenshots/readme.mjs'
import { emptyScreens, engineDownScreens, loginScreens, runningScreens, seededScreens } from './screenshots/screens.mjs'
import { prepareSeeded, startRuns, stopRuns } from './screenshots/seed.mjs'
import { startStudio } from './screenshots/studio.mjs'

const [folder, only = ''] = process.argv.slice(2)
await ensureInstalled()
await ensureBuilt()
const home = mkdtempSync(join(tmpdir(), 'studio-shots-'))
const browser = await launchBrowser()
try {
  if (folder === undefined) {
    await takeReadmePictures({ browser, directory: home, images: join(projectRoot, 'docs', 'images') })
  } else {
    mkdirSync(resolve(folder), { recursive: true })
    await takeEveryScreen(resolve(folder))
  }
} finally {
  await browser.close()
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
}

/** Four studios one after the other: new, seeded, seeded with a nearly full disk and running jobs, seeded without an engine. */
async function takeEveryScreen(into) {
  await withStudio(join(home, 'new'), {}, async (studio) => {
    await takeAll(studio, into, emptyScreens)
    // Last: wrong keys are slowed down.
    await takeAll(studio, into, loginScreens, { signedIn: false })
  })
  const seeded = join(home, 'seeded')
  // A first start brings the samples, but only into an empty directory.
  await withStudio(seeded, {}, () => undefined)
  const { ids } = await makeFixture({ directory: seeded, now: Date.now() / 1000 })
  let used = 0
  await withStudio(seeded, {}, async (studio) => {
    await takeAll({ ...studio, ids, ...(await prepareSeeded(studio, ids)) }, into, seededScreens)
    const { disk } = await studio.api('/api/admin/system')
    used = Object.values(disk.used_by).reduce((sum, bytes) => sum + bytes, 0)
  })
  await withStudio(seeded, { STUDIO_QUOTA_BYTES: String(Math.round(used / 0.87)) }, async (studio) => {
    await takeAll({ ...studio, ids }, into, runningScreens, { before: startRuns, after: stopRuns })
  })
  await withStudio(seeded, { ENGINE_URL: 'http://127.0.0.1:9' }, async (studio) => {
    await takeAll({ ...studio, ids }, into, engineDownScreens)
  })
}

async function withStudio(directory, environment, use) {
  const studio = await startStudio(directory, environment)
  try {
    if (environment.ENGINE_URL === undefined) await studio.engineReady()
    await use(studio)
  } finally {
    await studio.stop()
  }
}

async function takeAll(studio, into, list, { signedIn = true, before, after } = {}) {
  const session = signedIn ? await signIn(browser, studio) : undefined
  for (const screen of screens) {
    for (const theme of themes) {
      const fileOf = (name) => `${name}-${screen.name}-${theme}.png`
      const wanted = list.filter(({ name }) => fileOf(name).includes(only))
      if (wanted.length === 0) continue
      const context = await visit(browser, { screen, theme, session })
      for (const { name, show } of wanted) {
        // Anew for each: a run lasts longer than one screen takes, but not than all of them.
        const state = { ...studio, ...(before ? await before(studio) : {}) }
        const page = await context.newPage()
        try {
          await show(page, { ...state, screen, context })
          await shoot(page, join(into, fileOf(name)))
        } catch (error) {
          // The others are still worth having; the run as a whole has failed.
          console.error(`${name}, ${screen.name}, ${theme}: ${String(error).split('\n').slice(0, 4).join(' ')}`)
          process.exitCode = 1
        }
        await page.close()
        if (after) await after(studio)
      }
      await context.close()
    }
  }
}
