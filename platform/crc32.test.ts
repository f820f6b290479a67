import { expect, it } from 'vitest'
import { crc32 } from './crc32.ts'

it('gives the check value of CRC-32/ISO-HDLC', () => {
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926)
})

it('continues over pieces as over the whole', () => {
  expect(crc32(Buffer.from('6789'), crc32(Buffer.from('12345')))).toBe(0xcbf43926)
})
