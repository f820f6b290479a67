import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { sniffMediaType } from './media-type.ts'
import { findProjectRoot } from './project-root.ts'

const photo = join(findProjectRoot(), 'studio-data/defaults/input/chelsea.png')

it.each(['png', 'jpeg', 'webp', 'gif', 'avif'] as const)('knows a real %s by its first bytes', async (format) => {
  const bytes = await sharp(photo).resize(16).toFormat(format).toBuffer()
  expect(sniffMediaType(bytes.subarray(0, 64))?.type).toBe(`image/${format}`)
})

it('does not believe a name: SVG, HTML, text and nothing are no media', () => {
  for (const text of ['<svg xmlns="http://www.w3.org/2000/svg"/>', '<!doctype html>', 'hello', '']) {
    expect(sniffMediaType(Buffer.from(text))).toBeNull()
  }
})

it('needs no more than the first 64 bytes of a file', async () => {
  expect(sniffMediaType((await readFile(photo)).subarray(0, 64))).toMatchObject({ kind: 'image', extension: '.png' })
})

it('tells MP4, QuickTime, Matroska and AVI apart', () => {
  const box = (brand: string) =>
    Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from(`ftyp${brand}`), Buffer.alloc(16)])
  expect(sniffMediaType(box('isom'))?.type).toBe('video/mp4')
  expect(sniffMediaType(box('qt  '))?.type).toBe('video/quicktime')
  expect(sniffMediaType(Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0, 0]))?.type).toBe('video/webm')
  expect(sniffMediaType(Buffer.from('RIFF\0\0\0\0AVI LIST'))?.type).toBe('video/x-msvideo')
})
