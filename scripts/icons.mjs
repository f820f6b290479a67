/**
 * @file `node scripts/icons.mjs`: draws the icons of a home screen from `app/icon.svg`. Run it when that changes; what it writes is
 * kept with the sources, as a phone asks for PNG files of these sizes.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

const root = fileURLToPath(new URL('..', import.meta.url))
const drawing = await readFile(join(root, 'app/icon.svg'))
const ground = '#17181a'

/** @param {{ share?: number, opaque?: boolean }} [how] `share` of the side that the drawing takes; `opaque` fills its round corners */
async function draw(path, side, { share = 1, opaque = false } = {}) {
  const inner = Math.round(side * share)
  const picture = await sharp(drawing, { density: (72 * inner) / 32 })
    .resize(inner, inner)
    .png()
    .toBuffer()
  const margin = Math.floor((side - inner) / 2)
  await sharp({ create: { width: side, height: side, channels: 4, background: opaque ? ground : '#00000000' } })
    .composite([{ input: picture, left: margin, top: margin }])
    .png({ compressionLevel: 9, palette: true })
    .toFile(join(root, path))
}

await mkdir(join(root, 'public'), { recursive: true })
await draw('public/icon-192.png', 192)
await draw('public/icon-512.png', 512)
// A launcher may cut a circle of four fifths out of it.
await draw('public/icon-maskable-512.png', 512, { share: 0.8, opaque: true })
// iOS cuts round corners itself, and shows what is not there in black.
await draw('app/apple-icon.png', 180, { opaque: true })
