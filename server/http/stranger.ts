/**
 * @file What a browser without credentials gets instead of a page. Usually the way to `/login`; but a link followed
 * from another site arrives without our `SameSite=Strict` cookie even when the person is signed in, so it is first
 * brought to our own site by a page that moves on by itself, and `/login` then sees the cookie.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { plainPage, plainPageHeaders } from '../pages/plain-page.ts'

export function answerStranger(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const login = `/login?next=${encodeURIComponent(request.url)}`
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode } = request.headers
  if ((site === 'cross-site' || site === 'same-site') && mode === 'navigate') {
    return reply
      .headers(plainPageHeaders)
      .send(plainPage({ title: 'Pod Studio', text: 'One moment.', refresh: { seconds: 0, url: login } }))
  }
  return reply.redirect(login, 302)
}
