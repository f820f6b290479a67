/** @file A job's page has the grid of the gallery: its keys, selection, marks and viewer. */
import { expect } from 'playwright/test'
import type { OutputGroup, OutputList } from '#contracts/outputs'
import { special } from '../scripts/fixture.mjs'
import { test } from './gallery-setting.ts'
import { type Studio, until } from './studio.ts'

test("a job's name leads to its page", async ({ ids, page, go, open }) => {
  const id = ids[special.failed]!
  await open(`/jobs?q=${ids[special.longNames]}`)
  await page.getByRole('heading', { level: 2 }).getByRole('link').first().click()
  await expect(page).toHaveURL(new RegExp(`/jobs/${ids[special.longNames]}$`))
  await go(`/jobs?q=${id}`)
  await page.getByRole('heading', { level: 2 }).getByRole('link').first().click()
  await expect(page).toHaveURL(new RegExp(`/jobs/${id}$`))
})

/** The job with the most intermediates, of those that ended well. */
async function jobWithManyFiles(studio: Studio) {
  const { groups } = await studio.json<OutputList>('/api/admin/outputs?limit=3000&status=completed')
  const n = ({ files }: OutputGroup) => files.filter(({ kind }) => kind === 'intermediate').length
  return groups.reduce((most, group) => (n(group) > n(most) ? group : most))
}

test("a job's page has the grid of the gallery: one tab stop, its keys, its selection, and marks that are seen at once", async ({
  studio,
  page,
  tiles,
  bar,
  open,
  focusedKey,
}) => {
  const { folder, files } = await jobWithManyFiles(studio)
  const n = (kind: string) => files.filter((file) => file.kind === kind).length
  await open(`/jobs/${folder}`)
  await expect(page.getByRole('rowheader', { name: new RegExp(`^${n('final')} final`) })).toBeVisible()
  await expect(page.locator('[data-tile][tabindex="0"]')).toHaveCount(1)
  await tiles().first().focus()
  const first = (await focusedKey())!

  await page.keyboard.press('Shift+ArrowRight')
  await expect(bar()).toContainText('2 finals selected')
  await page.keyboard.press('Escape')
  await expect(bar()).toHaveCount(0)
  await page.keyboard.press('End')
  await expect.poll(focusedKey).toContain('/intermediate/')
  await page.keyboard.press('Space')
  await expect(bar()).toContainText('1 intermediate selected')
  await page.keyboard.press('Control+a')
  await expect(bar()).toContainText(`${files.length} files (${n('final')} finals`)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Home')
  await expect.poll(focusedKey).toBe(first)

  const tile = page.locator(`[data-tile="${first}"]`)
  const before = (await tile.boundingBox())!.height
  await page.keyboard.press('+')
  await expect.poll(async () => (await tile.boundingBox())!.height).toBeGreaterThan(before)
  await page.keyboard.press('-')
  await page.keyboard.press('s')
  await expect(tile).toHaveAccessibleName(/starred/)
  await page.keyboard.press('r')
  await expect(tile).toHaveAccessibleName(/rejected/)
  await page.keyboard.press('r')
  await expect(tile).not.toHaveAccessibleName(/rejected/)
  await page.keyboard.press('i')
  await expect(page.getByRole('complementary', { name: 'Details' })).toContainText(first.split('/').at(-1)!)
  await page.keyboard.press('i')
  const asked = page.waitForRequest((request) => request.url().endsWith(`/jobs/${folder}/retry`))
  await page.keyboard.press('n')
  expect((await asked).postDataJSON()).toEqual({ seed: 'new' })
})

test("on a job's page the viewer gives the focus to what it showed last, and Del to the next file, until Ctrl + Z", async ({
  studio,
  summary,
  addJob,
  page,
  tiles,
  open,
  focusedKey,
}) => {
  const folder = '20261101_120000_abcdef'
  await addJob(folder, (record) => {
    const [source] = record.outputs
    const kinds = ['final', 'final', ...Array.from({ length: 30 }, () => 'intermediate')]
    const outputs = kinds.map((kind, n) => ({
      ...source,
      kind,
      subfolder: `${folder}/${kind}`,
      filename: `${100 + n}.jpg`,
    }))
    return { outputs }
  })
  await until(
    () => studio.request(`/api/admin/jobs/${folder}`),
    ({ ok }) => ok,
  )
  await open(`/jobs/${folder}`)
  await expect(page.getByRole('button', { name: 'Show all 30' })).toHaveCount(1)
  await tiles().first().focus()
  const first = (await focusedKey())!
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeFocused()
  // The last of thirty, of which the page showed the first two dozen.
  await page.keyboard.press('End')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect.poll(focusedKey).toBe(`outputs:${folder}/intermediate/131.jpg`)

  await page.keyboard.press('Home')
  await expect.poll(focusedKey).toBe(first)
  await page.keyboard.press('Delete')
  // Said once the page knows the way back.
  await expect(page.getByText(/^Moved .* to the trash/)).toBeVisible()
  await expect(page.locator(`[data-tile="${first}"]`)).toHaveCount(0)
  await expect.poll(focusedKey).not.toBeNull()
  await page.keyboard.press('Control+z')
  await expect(page.locator(`[data-tile="${first}"]`)).toHaveCount(1)
  expect((await summary({ q: folder })).files).toBe(32)
})
