import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { crc32 } from '#platform/crc32'
import { asciiJson, metadataTexts, withPngText } from './png-text.ts'

async function png(): Promise<Buffer> {
  return sharp({ create: { width: 3, height: 2, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
}

/** Type, content and whether the checksum holds, chunk by chunk, by the format's own rules. */
function chunksOf(file: Buffer) {
  const chunks = []
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at)
    const typed = file.subarray(at + 4, at + 8 + length)
    chunks.push({
      type: typed.toString('latin1', 0, 4),
      content: typed.subarray(4),
      isSound: file.readUInt32BE(at + 8 + length) === crc32(typed),
    })
    at += 12 + length
  }
  return chunks
}

const graph = { 1: { class_type: 'LoadImage', inputs: { image: 'Grüße 🌅.png' } } }

describe('text chunks', () => {
  it('stand right after the header, the prompt first, with good checksums', async () => {
    const file = Buffer.concat(withPngText(await png(), metadataTexts(graph, { workflow: { id: 'w' }, other: 3 })))
    const chunks = chunksOf(file)
    expect(chunks.slice(0, 4).map(({ type }) => type)).toEqual(['IHDR', 'tEXt', 'tEXt', 'tEXt'])
    expect(chunks.slice(1, 4).map(({ content }) => content.toString('latin1').split('\0')[0])).toEqual([
      'prompt',
      'workflow',
      'other',
    ])
    expect(chunks.every(({ isSound }) => isSound)).toBe(true)
  })

  it('are read back by libpng, and the picture still decodes', async () => {
    const file = Buffer.concat(withPngText(await png(), metadataTexts(graph, { workflow: { id: 'w' } })))
    const { comments, width } = await sharp(file).metadata()
    expect(width).toBe(3)
    expect(comments?.map(({ keyword }) => keyword)).toEqual(['prompt', 'workflow'])
    expect(JSON.parse(comments![0]!.text)).toEqual(graph)
    expect((await sharp(file).raw().toBuffer()).length).toBe(18)
  })

  it('hold ASCII only', () => {
    const json = asciiJson(graph)
    expect(json).toMatch(/^[\x20-\x7e]*$/)
    expect(json).toContain('Gr\\u00fc\\u00dfe \\ud83c\\udf05.png')
  })

  it('are left out where PNG does not allow the keyword', async () => {
    const names = ['', ' leading', 'trailing ', 'line\nbreak', '日本', 'x'.repeat(80)]
    const texts = names.map((keyword) => ({ keyword, text: 'x' }))
    expect(chunksOf(Buffer.concat(withPngText(await png(), texts))).map(({ type }) => type)).not.toContain('tEXt')
  })

  it('are not put into something that is no PNG', () => {
    expect(() => withPngText(Buffer.alloc(100), [])).toThrow(RangeError)
  })
})
