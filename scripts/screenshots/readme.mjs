/** @file The three pictures of the README: real jobs on the photographs that ship. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { screens, shoot, signIn, visit } from './browser.mjs'
import { startStudio } from './studio.mjs'

export async function takeReadmePictures({ browser, directory, images }) {
  mkdirSync(images, { recursive: true })
  const studio = await startStudio(directory)
  try {
    await studio.engineReady()
    for (const [workflow, inputs] of [
      ['upscale-2x', { image: 'rocket.jpg' }],
      ['camera-move', { image: 'rocket.jpg' }],
      ['remove-background', { image: 'chelsea.png' }],
      ['upscale-2x', { image: 'chelsea.png' }],
      ['remove-background', { image: 'astronaut.png' }],
      ['clean-up-jpeg', { image: 'rocket.jpg' }],
      ['camera-move', { image: 'coffee.png' }],
      ['upscale-2x', { image: 'astronaut.png' }],
      ['upscale-2x', { image: 'coffee.png' }],
    ]) {
      await studio.run(workflow, inputs)
    }
    await studio.settled()
    const [screen] = screens
    const context = await visit(browser, { screen, theme: 'dark', session: await signIn(browser, studio) })
    const page = await context.newPage()

    await page.goto(`${studio.url}/jobs`)
    await page
      .getByRole('button', { name: /^Picture, final/ })
      .first()
      .click()
    await page.getByRole('dialog').waitFor()
    await page.getByText('Use these settings').waitFor()
    await shoot(page, join(images, 'viewer.png'))

    // A run that the engine remembers would be over at once.
    await studio.api('/api/free', { unload_models: true, free_memory: true })
    await page.goto(`${studio.url}/run/upscale-4x`)
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('img', { name: 'Live preview' }).waitFor({ timeout: 60_000 })
    await shoot(page, join(images, 'runner.png'))

    await page.goto(`${studio.url}/jobs`)
    await page.getByRole('img', { name: 'Live preview' }).waitFor({ timeout: 60_000 })
    await shoot(page, join(images, 'gallery.png'))
  } finally {
    await studio.stop()
  }
}
