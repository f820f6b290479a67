/** @file `/system_stats`, `/features` and `GET /`. */
import { join } from 'node:path'
import { parseRelativePath } from '#contracts/relative-path'
import { openBeneath } from '#platform/files/open-beneath'
import { contentTypeOf } from '../content-types.ts'
import { HttpError } from '../http-error.ts'
import { type EngineRoute, pathValue, sendJson } from '../route.ts'
import { sendFile } from '../send-file.ts'
import type { SystemStats } from '../system-stats.ts'

export interface SystemRouteOptions {
  stats: () => Promise<SystemStats>
  features: Record<string, unknown>
  frontEndRoot: string | null
  /** Port of the studio on the same machine; 0: unknown. */
  studioPort: number
}

const notCached = { 'cache-control': 'no-store, must-revalidate', pragma: 'no-cache', expires: '0' }

const pageFor = (studio: string | null) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Pod Studio engine</title>
<meta name="viewport" content="width=device-width">
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>
<h1>Pod Studio engine</h1>
<p>This is a server that speaks the ComfyUI protocol: it takes prompts, runs them and tells how they go.
There is no page to work with here; that is ${studio === null ? "the studio's" : `<a href="${studio}">the studio's</a>`}.</p>
<p>To see what it answers: <a href="/system_stats">system</a>, <a href="/object_info">nodes</a>,
<a href="/queue">queue</a>, <a href="/api/jobs">jobs</a>.</p>
</html>
`

export function systemRoutes({ stats, features, frontEndRoot, studioPort }: SystemRouteOptions): EngineRoute[] {
  return [
    {
      method: 'GET',
      path: '/system_stats',
      handle: async (_request, reply) => sendJson(reply, await stats()),
    },
    { method: 'GET', path: '/features', handle: (_request, reply) => sendJson(reply, features) },
    {
      method: 'GET',
      path: '/',
      at: 'bare',
      async handle(request, reply) {
        if (frontEndRoot === null) {
          const page = pageFor(studioAddress(request.headers.host, studioPort))
          return reply.headers(notCached).type('text/html; charset=utf-8').send(page)
        }
        const file = await openBeneath(frontEndRoot, ['index.html'])
        if (!file) throw new HttpError(404)
        return sendFile(request, reply, file, { ...notCached, 'content-type': 'text/html; charset=utf-8' })
      },
    },
    ...(frontEndRoot === null ? [] : [frontEndRoute(frontEndRoot)]),
  ]
}

/** The studio under the name by which the engine was asked. */
function studioAddress(host: string | undefined, port: number): string | null {
  if (port === 0) return null
  const name = /^(\[[0-9a-f:.]+\]|[\w.-]+)(:\d+)?$/i.exec(host ?? '')?.[1] ?? '127.0.0.1'
  return `http://${name}:${port}/`
}

/** The other files of a front end; a path of the protocol wins. */
function frontEndRoute(root: string): EngineRoute {
  return {
    method: 'GET',
    path: '/*',
    at: 'bare',
    async handle(request, reply) {
      const segments = parseRelativePath(pathValue(request, '*'))
      const file = segments && (await openBeneath(root, segments))
      if (!file) throw new HttpError(404)
      return sendFile(request, reply, file, { 'content-type': contentTypeOf(join('/', ...segments)) })
    },
  }
}
