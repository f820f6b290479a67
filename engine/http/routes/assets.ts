/** @file The assets API: the catalogue over HTTP, in its own error envelope. Served under `/api` only. */
import { rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { openBeneath } from '#platform/files/open-beneath'
import { assetAnswer } from '../../assets/asset-answer.ts'
import {
  assetId,
  assetName,
  jsonObject,
  metadataObject,
  requireHash,
  tagNames,
  uploadDetails,
} from '../../assets/asset-fields.ts'
import type { Asset } from '../../assets/asset-row.ts'
import type { Catalogue } from '../../assets/catalogue.ts'
import { type AssetSort, assetSorts, decodeCursor, encodeCursor } from '../../assets/cursor.ts'
import { AssetError, assetNotFound, invalidField, parseWith } from '../../assets/errors.ts'
import type { AssetFilter } from '../../assets/list-query.ts'
import { metadataConditions } from '../../assets/metadata-values.ts'
import { receiveAsset } from '../../assets/receive-asset.ts'
import { contentDisposition, contentTypeOf, isActiveType, unknownType } from '../content-types.ts'
import { HttpError } from '../http-error.ts'
import { type BodyLimits, readJson } from '../read-body.ts'
import { type EngineRoute, pathValue, queryValue, sendJson, sendStatus } from '../route.ts'
import { sendFile } from '../send-file.ts'

export interface AssetRouteOptions {
  /** Told of what nobody foresaw; the client is answered INTERNAL. */
  onFailure: (error: unknown) => void
  catalogue: Catalogue
  limits: BodyLimits
  /** User id of a request; null while there is one user only. */
  ownerOf: (request: FastifyRequest) => Promise<string | null>
}

const uuid = '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'

const whole = (min: number, max: number, fallback: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback)
const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false', '1', '0', 'True', 'False'])
    .transform((word) => /^(true|1)$/i.test(word))
    .default(fallback)
const filterShape = {
  name_contains: z.string().max(512).default(''),
  metadata_filter: z.string().max(16_384).optional(),
  /** Of the hosted service: assets of one content. */
  hash: z.string().max(128).optional(),
}
const filterSchema = z.object(filterShape)
const listSchema = z.object({
  ...filterShape,
  limit: whole(1, 500, 20),
  offset: whole(0, Number.MAX_SAFE_INTEGER, 0),
  sort: z.enum(assetSorts).default('created_at'),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().optional(),
})
const refineSchema = z.object({ ...filterShape, limit: whole(1, 1000, 100) })
const tagListSchema = z.object({
  prefix: z.string().max(512).default(''),
  limit: whole(1, 1000, 100),
  offset: whole(0, Number.MAX_SAFE_INTEGER, 0),
  order: z.enum(['count_desc', 'name_asc']).default('count_desc'),
  include_zero: flag(true),
})
const fromHashSchema = z.object({
  hash: z.string(),
  name: assetName.optional(),
  tags: tagNames.default([]),
  user_metadata: metadataObject.default({}),
  mime_type: z.string().max(255).nullish(),
  preview_id: assetId.nullish(),
})
const updateSchema = z
  .object({
    name: assetName.optional(),
    user_metadata: metadataObject.optional(),
    preview_id: assetId.nullable().optional(),
  })
  .refine(
    (body) => Object.values(body).some((value) => value !== undefined),
    'Nothing to change: name, user_metadata or preview_id is needed.',
  )
const tagsSchema = z.object({ tags: tagNames.min(1) })
const seedSchema = z.object({ roots: z.array(z.string()).optional() })

export function assetRoutes({ catalogue, limits, ownerOf, onFailure }: AssetRouteOptions): EngineRoute[] {
  const { store, places, scanner } = catalogue
  const answer = (asset: Asset) => assetAnswer(asset, places)

  /** The asset of the path. @throws AssetError ASSET_NOT_FOUND, FORBIDDEN */
  async function named(request: FastifyRequest): Promise<Asset> {
    return catalogue.require(pathValue(request, 'id'), await ownerOf(request))
  }

  async function filterOf(request: FastifyRequest, query: z.output<typeof filterSchema>) {
    const filter: AssetFilter = {
      includeTags: tagsOfQuery(request, 'include_tags'),
      excludeTags: tagsOfQuery(request, 'exclude_tags'),
      nameContains: query.name_contains,
      hash: query.hash === undefined ? null : requireHash(query.hash),
      metadata:
        query.metadata_filter === undefined
          ? []
          : metadataConditions(jsonObject('INVALID_QUERY', 'metadata_filter', query.metadata_filter)),
      owner: await ownerOf(request),
    }
    return filter
  }

  async function body<T extends z.ZodType>(request: FastifyRequest, schema: T): Promise<z.output<T>> {
    return parseWith(schema, await jsonBody(request, limits), 'INVALID_BODY')
  }

  /** An upload, kept or refused; its temporary file is gone before anybody is answered. */
  async function take(request: FastifyRequest) {
    const received = await receiveAsset(request.raw, catalogue.temporaryDirectory, limits.maxUploadSize)
    try {
      const { details, hash } = uploadDetails(received.fields, (await ownerOf(request)) ?? '')
      return await catalogue.receive(received.file, hash, details)
    } finally {
      if (received.file) await rm(received.file.temporary, { force: true })
    }
  }

  const routes: Omit<EngineRoute, 'at'>[] = [
    {
      method: 'GET',
      path: '/assets',
      async handle(request, reply) {
        const query = parseWith(listSchema, single(request), 'INVALID_QUERY')
        const sort: AssetSort = query.sort
        const after = query.after === undefined ? null : decodeCursor(query.after, sort, query.order)
        const { limit, offset, order } = query
        const page = store.list(await filterOf(request, query), { sort, order, limit, offset, after })
        const last = page.more && sort !== 'last_access_time' ? page.assets.at(-1) : undefined
        return sendJson(reply, {
          assets: page.assets.map(answer),
          total: page.total,
          has_more: page.more,
          ...(last ? { next_cursor: encodeCursor(sort, order, { value: sortValue(last, sort), id: last.id }) } : {}),
        })
      },
    },
    {
      method: 'POST',
      path: '/assets',
      async handle(request, reply) {
        const { asset, createdNew } = await take(request)
        return sendJson(reply, { ...answer(asset), created_new: createdNew }, createdNew ? 201 : 200)
      },
    },
    {
      method: 'POST',
      path: '/assets/from-hash',
      async handle(request, reply) {
        const wanted = await body(request, fromHashSchema)
        const asset = catalogue.reference(requireHash(wanted.hash), {
          ...{ owner: (await ownerOf(request)) ?? '', name: wanted.name ?? null, tags: [...new Set(wanted.tags)] },
          ...{
            userMetadata: wanted.user_metadata,
            mimeType: wanted.mime_type ?? null,
            previewId: wanted.preview_id ?? null,
          },
        })
        return sendJson(reply, { ...answer(asset), created_new: false }, 201)
      },
    },
    {
      method: 'HEAD',
      path: '/assets/hash/:hash',
      handle: (request, reply) => sendStatus(reply, store.knows(requireHash(pathValue(request, 'hash'))) ? 200 : 404),
    },
    {
      method: 'GET',
      path: '/assets/tags/refine',
      async handle(request, reply) {
        const query = parseWith(refineSchema, single(request), 'INVALID_QUERY')
        const counts = store.countTags(await filterOf(request, query), query.limit)
        return sendJson(reply, { tag_counts: Object.fromEntries(counts.map(({ name: tag, count }) => [tag, count])) })
      },
    },
    {
      method: 'GET',
      path: '/tags',
      async handle(request, reply) {
        const query = parseWith(tagListSchema, single(request), 'INVALID_QUERY')
        const { limit, offset, order, prefix, include_zero: includeZero } = query
        const found = store.listTags({ prefix, order, includeZero, owner: await ownerOf(request), limit, offset })
        return sendJson(reply, { ...found, has_more: offset + found.tags.length < found.total })
      },
    },
    {
      method: 'GET',
      path: `/assets/:id(${uuid})`,
      handle: async (request, reply) => sendJson(reply, answer(await named(request))),
    },
    {
      method: 'GET',
      path: `/assets/:id(${uuid})/content`,
      handle: async (request, reply) => sendContent(catalogue, request, reply, await named(request)),
    },
    {
      method: 'PUT',
      path: `/assets/:id(${uuid})`,
      async handle(request, reply) {
        const asset = await named(request)
        const changes = await body(request, updateSchema)
        if (changes.preview_id !== undefined) catalogue.requirePreview(changes.preview_id)
        const { filename } = asset.userMetadata
        const userMetadata = changes.user_metadata && {
          ...changes.user_metadata,
          ...(filename === undefined ? {} : { filename }),
        }
        return sendJson(
          reply,
          answer(store.update(asset, { name: changes.name, userMetadata, previewId: changes.preview_id })),
        )
      },
    },
    {
      method: 'DELETE',
      path: `/assets/:id(${uuid})`,
      async handle(request, reply) {
        const asset = await named(request)
        if (!store.remove(asset.id)) throw assetNotFound(asset.id)
        if (queryValue(request, 'delete_content') === 'true') await catalogue.removeContent(asset)
        return sendStatus(reply, 204)
      },
    },
    {
      method: 'POST',
      path: `/assets/:id(${uuid})/tags`,
      async handle(request, reply) {
        const asset = await named(request)
        const tags = [...new Set((await body(request, tagsSchema)).tags)]
        const added = store.addTags(asset, tags)
        return sendJson(reply, {
          added: added.sort(),
          already_present: tags.filter((tag) => !added.includes(tag)).sort(),
          total_tags: store.require(asset.number).tags,
        })
      },
    },
    {
      method: 'DELETE',
      path: `/assets/:id(${uuid})/tags`,
      async handle(request, reply) {
        const asset = await named(request)
        const tags = [...new Set((await body(request, tagsSchema)).tags)]
        const removed = store.removeTags(asset, tags)
        return sendJson(reply, {
          removed: removed.sort(),
          not_present: tags.filter((tag) => !removed.includes(tag)).sort(),
          total_tags: store.require(asset.number).tags,
        })
      },
    },
    {
      method: 'POST',
      path: '/assets/seed',
      async handle(request, reply) {
        const wanted = parseWith(seedSchema, (await jsonBody(request, limits)) ?? {}, 'INVALID_BODY').roots
        const known = ['models', 'input', 'output'] as const
        const roots = known.filter((root) => wanted === undefined || wanted.includes(root))
        if (roots.length === 0)
          throw invalidField('INVALID_BODY', 'roots', 'None of the roots is models, input or output.')
        const done = scanner.start(roots)
        if (done === null) return sendJson(reply, { status: 'already_running' }, 409)
        if (queryValue(request, 'wait') !== 'true') return sendJson(reply, { status: 'started' }, 202)
        await done
        const { progress, errors } = scanner.status()
        return sendJson(reply, { status: 'completed', progress, errors })
      },
    },
    {
      method: 'GET',
      path: '/assets/seed/status',
      handle: (_request, reply) => sendJson(reply, scanner.status()),
    },
    {
      method: 'POST',
      path: '/assets/seed/cancel',
      handle: (_request, reply) => sendJson(reply, { status: scanner.cancel() ? 'cancelling' : 'idle' }),
    },
    {
      method: 'POST',
      path: '/assets/prune',
      handle(_request, reply) {
        if (scanner.status().state !== 'IDLE') return sendJson(reply, { status: 'scan_running', marked: 0 }, 409)
        return sendJson(reply, { status: 'completed', marked: catalogue.prune() })
      },
    },
  ]
  return routes.map((route) => ({
    ...route,
    at: 'api',
    handle: async (request, reply) => {
      try {
        return await route.handle(request, reply)
      } catch (error) {
        if (error instanceof HttpError) throw error
        onFailure(error)
        throw new AssetError('INTERNAL', 'Something failed that was not foreseen; the log says what.')
      }
    },
  }))
}

/** The same routes of an engine that keeps no catalogue: each one says so. */
export function assetRoutesSwitchedOff(routes: readonly EngineRoute[]): EngineRoute[] {
  return routes.map((route) => ({
    ...route,
    handle: () => {
      throw new AssetError('SERVICE_DISABLED', 'The assets API is switched off.')
    },
  }))
}

function sortValue(asset: Asset, sort: AssetSort): string | number {
  switch (sort) {
    case 'name':
      return asset.name
    case 'size':
      return asset.size
    case 'updated_at':
      return asset.updatedAt
    default:
      return asset.createdAt
  }
}

/** The first value of each parameter. */
function single(request: FastifyRequest): Record<string, string> {
  const query = request.query as Record<string, string | string[]>
  return Object.fromEntries(
    Object.entries(query).map(([key, value]) => [key, Array.isArray(value) ? value[0]! : value]),
  )
}

/** Repeated or comma-separated. */
function tagsOfQuery(request: FastifyRequest, parameter: string): string[] {
  const value = (request.query as Record<string, string | string[] | undefined>)[parameter] ?? []
  const texts = (Array.isArray(value) ? value : [value]).flatMap((text) => text.split(','))
  return [...new Set(texts.map((text) => text.trim()).filter((text) => text !== ''))]
}

/** @throws AssetError INVALID_JSON, PAYLOAD_TOO_LARGE */
async function jsonBody(request: FastifyRequest, limits: BodyLimits): Promise<unknown> {
  try {
    return await readJson(request.raw, limits)
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    if (error.status === 413) throw new AssetError('PAYLOAD_TOO_LARGE', 'The body is too large.')
    throw new AssetError('INVALID_JSON', 'The body is not valid JSON.')
  }
}

async function sendContent(
  catalogue: Catalogue,
  request: FastifyRequest,
  reply: FastifyReply,
  asset: Asset,
): Promise<FastifyReply> {
  const path = await catalogue.fileOf(asset)
  const file = path && (await openBeneath(dirname(path), [basename(path)]))
  if (!file) throw new AssetError('FILE_NOT_FOUND', 'The file of this asset is gone.', { id: asset.id })
  catalogue.store.touch(asset)
  const type = asset.mimeType ?? contentTypeOf(asset.name)
  const isActive = isActiveType(type)
  const inline = queryValue(request, 'disposition') === 'inline' && !isActive
  return sendFile(request, reply, file, {
    'content-type': isActive ? unknownType : type,
    'content-disposition': contentDisposition(inline ? 'inline' : 'attachment', asset.name),
    'x-content-type-options': 'nosniff',
  })
}
