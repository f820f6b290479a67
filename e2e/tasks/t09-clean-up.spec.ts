/**
 * @file T9: free at least 10 GB of old intermediates from the warning about the disk, and take one back. Bar: at most 5 clicks,
 * the size is said before; restoring at most 2 clicks; finals untouched.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import type { System } from '#contracts/system'
import { until } from '../studio.ts'
import { Hand, note, timed } from './hand.ts'
import { gigabyte } from './heavy-jobs.ts'
import { test } from './setting.ts'

test('T9: from the warning to ten gigabytes more, and one file back', async ({ studio, page, hand }) => {
  test.setTimeout(400_000)
  const output = join(studio.directory, 'assets/output')
  const filesOf = async (kind: string) => {
    const all: string[] = []
    for (const job of await readdir(output)) {
      for (const name of await readdir(join(output, job, kind)).catch(() => [])) all.push(`${job}/${kind}/${name}`)
    }
    return all.sort()
  }
  const finals = await filesOf('final')
  const back = new Hand(page)
  const system = () => studio.json<System>('/api/admin/system')
  const before = (await system()).disk
  expect(before.level).toBe('warn')
  await page.goto(`${studio.url}/jobs`)

  await hand.click(page.getByRole('link', { name: 'Free space' }))
  await hand.click(page.getByRole('checkbox', { name: /intermediates older than 3 days/ }))
  // The size is said before anything happens.
  await expect(page.getByRole('button', { name: /^Delete now, free 12\.\d GB$/ })).toBeVisible()
  const moved = await timed(async () => {
    await hand.click(page.getByRole('button', { name: /^Move 12\.\d GB to the trash$/ }))
    await expect(page.getByText('It still takes its space')).toBeVisible({ timeout: 120_000 })
  })

  await back.click(page.getByRole('link', { name: 'Look in the trash' }))
  const shown = page.getByRole('grid', { name: 'In the trash' }).getByRole('row').first()
  await expect(shown).toBeVisible()
  await back.click(shown.getByRole('button', { name: 'Restore' }))
  await expect(page.getByText('Restored 1 item')).toBeVisible({ timeout: 60_000 })
  expect(await filesOf('intermediate')).not.toHaveLength(0)

  await hand.click(page.getByRole('button', { name: /^Empty, free \d+(\.\d)? GB$/ }))
  const emptied = await timed(async () => {
    await hand.click(page.getByRole('button', { name: /^Delete [\d,]+ items$/ }))
    await until(system, ({ disk }) => disk.used_by.trash === 0)
  })
  const after = await until(system, ({ disk }) => disk.level === 'ok')
  const freed = after.disk.free! - before.free!
  expect(freed).toBeGreaterThanOrEqual(10 * gigabyte)
  expect(await filesOf('final')).toEqual(finals)
  note(
    `${(freed / gigabyte).toFixed(1)} GB freed; to the trash in ${Math.round(moved)} ms, emptied in ${Math.round(emptied)} ms`,
  )
  hand.score({ clicks: 5, keys: 0 })
  back.score({ clicks: 2, keys: 0 })
})
