/**
 * @file Every address that is not an API: the pages, their scripts and the files of `public/`. Decides what strangers
 * may see (the login page and what it is made of) and sends each page with a policy and a nonce of its own.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { safeNextPath } from '../auth/next-path.ts'
import { type Authenticator, openToAll } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import { pagePolicy } from './content-security-policy.ts'
import { linkFirstRequests } from './first-requests.ts'
import type { Pages } from './next-pages.ts'
import { findPackedAssets, openPackedAsset, type PackedAssets } from './packed-assets.ts'
import { plainPage, plainPageHeaders } from './plain-page.ts'

export interface PageRoutesDeps {
  pages: Pages
  authenticator: Authenticator
  /** Absolute path of `public/`. */
  publicDirectory: string
  /** Absolute path of `.next/static`. */
  assetDirectory: string
  development: boolean
  /** Id of the newest event: a page is told of what happened since its document was made. */
  lastEventId: () => number
  randomBytes: (size: number) => Buffer
}

/** What the login page's document links to and Next makes from `app/`; a manifest is fetched without cookies. */
const metadataPaths = ['/icon.svg', '/apple-icon.png', '/manifest.webmanifest']

/** Registered at the root, last. */
export function pageRoutes(deps: PageRoutesDeps): FastifyPluginAsync {
  const { pages, authenticator, publicDirectory, assetDirectory, development, lastEventId, randomBytes } = deps
  let packed: PackedAssets = new Map()
  return async (app) => {
    const page = { access: 'page' } as const
    const hidden = { hide: true }

    app.get('/login', { config: openToAll, schema: hidden }, async (request, reply) => {
      delete request.raw.headers['x-last-event']
      // Already signed in: a link from elsewhere comes without the cookie and lands here, see `stranger.ts`.
      if (authenticator.authenticate(request.raw)) {
        return reply.redirect(safeNextPath((request.query as { next?: string }).next), 302)
      }
      return sendDocument(request, reply)
    })
    if (!development) packed = await findPackedAssets(assetDirectory)
    app.get('/_next/static/*', { config: openToAll, schema: hidden }, sendScript)
    if (development) {
      app.get('/_next/*', { config: openToAll, schema: hidden }, sendAsset)
      app.get('/__nextjs*', { config: openToAll, schema: hidden }, sendAsset)
    } else {
      // Next's image optimiser and data routes: nothing of ours uses them.
      app.get('/_next/*', { config: page, schema: hidden }, async () => {
        throw new StudioError('not_found', 'Not found')
      })
    }
    for (const path of new Set([...metadataPaths, ...(await publicFiles(publicDirectory))])) {
      app.get(path, { config: openToAll, schema: hidden }, sendAsset)
    }
    app.get('/', { config: page, schema: hidden }, sendPage)
    app.get('/*', { config: page, schema: hidden }, sendPage)
  }

  /** A page of someone who is signed in: with what it will ask for first, and since when its data may be from. */
  async function sendPage(request: FastifyRequest, reply: FastifyReply) {
    request.raw.headers['x-last-event'] = String(lastEventId())
    // A page that is already open asks for the parts of the next one, and has its data.
    if (request.headers.rsc === undefined) reply.raw.setHeader('Link', linkFirstRequests(request.url))
    return sendDocument(request, reply)
  }

  async function sendDocument(request: FastifyRequest, reply: FastifyReply) {
    const nonce = randomBytes(16).toString('base64')
    const policy = pagePolicy(nonce, { development })
    // Next takes the nonce for its own scripts from the policy; the layout gives it to the others by this header.
    request.raw.headers['content-security-policy'] = policy
    request.raw.headers['x-nonce'] = nonce
    return render(request, reply, policy)
  }

  async function sendScript(request: FastifyRequest, reply: FastifyReply) {
    const path = request.url.split('?', 1)[0]!
    const asset = await openPackedAsset(packed, assetDirectory, path, request.headers['accept-encoding'])
    if (asset === null) return sendAsset(request, reply)
    return reply.headers(asset.headers).send(asset.file.createReadStream())
  }

  async function sendAsset(request: FastifyRequest, reply: FastifyReply) {
    delete request.raw.headers['content-security-policy']
    return render(request, reply, null)
  }

  async function render(request: FastifyRequest, reply: FastifyReply, policy: string | null) {
    const state = pages.state()
    if (state.kind !== 'ready') {
      const starting = state.kind === 'starting'
      return reply
        .code(503)
        .headers({ ...plainPageHeaders, ...(starting ? { 'retry-after': '1' } : {}) })
        .send(
          starting
            ? plainPage({ title: 'Pod Studio is starting', text: 'One moment.', refresh: { seconds: 1 } })
            : plainPage({ title: 'Pod Studio has no pages', text: state.why }),
        )
    }
    if (policy !== null) reply.raw.setHeader('Content-Security-Policy', policy)
    reply.hijack()
    await state.handle(request.raw, reply.raw)
  }
}

/** Addresses of the shipped static files, part of the product and nobody's secret. Only names that no address escapes. */
async function publicFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(directory.length))
    .filter((path) => /^(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$/.test(path))
}
