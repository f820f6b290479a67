import { gunzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { afterAll, describe, expect, it } from 'vitest'
import { packAnswer } from './packed.ts'

const app = Fastify()
const list = { jobs: Array.from({ length: 500 }, (_, n) => ({ id: n, title: 'a red car at dawn' })) }
app.get('/large', { onSend: packAnswer }, async () => list)
app.get('/small', { onSend: packAnswer }, async () => ({ jobs: [] }))
afterAll(() => app.close())

describe('packed answers', () => {
  it('a large one is packed for a client that takes gzip, with its own length', async () => {
    const answer = await app.inject({ url: '/large', headers: { 'accept-encoding': 'br, gzip' } })
    expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
    expect(Number(answer.headers['content-length'])).toBe(answer.rawPayload.length)
    expect(JSON.parse(gunzipSync(answer.rawPayload).toString())).toEqual(list)
  })

  it('goes as it is to a client that does not, and when it is small', async () => {
    const plain = await app.inject({ url: '/large' })
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(plain.json()).toEqual(list)
    const small = await app.inject({ url: '/small', headers: { 'accept-encoding': 'gzip' } })
    expect(small.headers['content-encoding']).toBeUndefined()
    expect(small.json()).toEqual({ jobs: [] })
  })
})
