/**
 * @file The table of routes: each is written once and served bare and under `/api`, unless it says otherwise.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { stringifyExact } from '#platform/exact-json'

export interface EngineRoute {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD'
  /** Without `/api`. */
  path: string
  /** @default 'both' */
  at?: 'both' | 'api' | 'bare'
  handle: (request: FastifyRequest, reply: FastifyReply) => unknown
}

export function registerRoutes(app: FastifyInstance, routes: readonly EngineRoute[]): void {
  for (const { method, path, at = 'both', handle } of routes) {
    const paths = { both: [path, `/api${path}`], api: [`/api${path}`], bare: [path] }[at]
    for (const url of paths) app.route({ method, url, handler: async (request, reply) => handle(request, reply) })
  }
}

/** Answers any JSON value, `null` too. */
export function sendJson(reply: FastifyReply, value: unknown, status = 200): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(stringifyExact(value))
}

/** A status with an empty body. */
export function sendStatus(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).send()
}

/** The first value of a query parameter, or undefined. */
export function queryValue(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Record<string, string | string[] | undefined>)[name]
  return Array.isArray(value) ? value[0] : value
}

/** A path parameter of the route, percent signs decoded. */
export function pathValue(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? ''
}
