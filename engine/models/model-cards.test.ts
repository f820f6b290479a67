/** @file What ships is what its card says: every bundled file has a card, every card its files, sums and licences. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { shippedModels } from './testing/photos.ts'

const cardsSchema = z.object({
  models: z.array(
    z.strictObject({
      folder: z.string(),
      file: z.string(),
      network: z.string().min(1),
      purpose: z.string().min(1),
      source: z.string().startsWith('npm '),
      license: z.enum(['MIT', 'BSD-3-Clause', 'Apache-2.0']),
      license_files: z.array(z.string()).min(1),
      sha256: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
    }),
  ),
})

const cards = cardsSchema.parse(JSON.parse(await readFile(join(shippedModels, 'models.json'), 'utf8'))).models

it.each(cards.map((card) => [card.file, card] as const))(
  '%s is the file that its card describes',
  async (_file, card) => {
    expect(Object.keys(card.sha256)).toContain(card.file)
    for (const [file, sha256] of Object.entries(card.sha256)) {
      const bytes = await readFile(join(shippedModels, card.folder, file))
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
    }
    for (const path of card.license_files) {
      expect(await readFile(join(shippedModels, path), 'utf8')).toMatch(/Permission is|Redistribution|Apache License/)
    }
  },
)

it('no bundled file is without a card', async () => {
  const carded = new Set(cards.flatMap(({ folder, sha256 }) => Object.keys(sha256).map((file) => `${folder}/${file}`)))
  for (const folder of ['background_removal', 'frame_interpolation', 'upscale_models']) {
    for (const file of await readdir(join(shippedModels, folder))) expect(carded).toContain(`${folder}/${file}`)
  }
})
