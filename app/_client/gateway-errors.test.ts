import { expect, it } from 'vitest'
import { withoutGatewayErrors } from './gateway-errors.ts'

const answering = (status: number) => withoutGatewayErrors(async () => new Response(null, { status }))
const part = { headers: { rsc: '1' } }

it.each([502, 503, 504])('a proxy’s %d for a part of a page is a broken line', async (status) => {
  await expect(answering(status)('/queue', part)).rejects.toThrow(TypeError)
})

it('other answers for parts of pages pass, and every answer for anything else', async () => {
  for (const status of [200, 404, 500]) expect((await answering(status)('/queue', part)).status).toBe(status)
  expect((await answering(502)('/api/admin/jobs')).status).toBe(502)
})
