/** @file `GET /assets/{asset_type}`. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import { type AssetType, assetListingQuerySchema, assetListingSchema, assetTypeSchema } from '#contracts/assets'
import { matchesEtag } from '../files/conditional.ts'
import { answerBytes } from '../files/raw-answer.ts'
import { signedIn } from '../http/access.ts'
import { StudioError } from '../http/errors.ts'
import { createListing, type Listing } from './listing.ts'
import type { TreeIndex } from './tree-index.ts'

export interface ListingRouteDeps {
  indexes: Record<AssetType, TreeIndex>
  /** Differs from start to start. */
  bootId: string
}

export function listingRoute({ indexes, bootId }: ListingRouteDeps): FastifyPluginAsync {
  const listings: Record<AssetType, Listing> = {
    inputs: createListing(indexes.inputs, bootId),
    outputs: createListing(indexes.outputs, bootId),
  }
  return async (scope) => {
    scope.withTypeProvider<ZodTypeProvider>().get(
      '/assets/:asset_type',
      {
        config: signedIn,
        schema: {
          tags: ['assets'],
          summary: 'List files of the input or output directory',
          description:
            'Outputs are grouped per job. With any of the query parameters the answer is a filtered page, newest first; ' +
            'its `total_size` counts everything that matches. A weak `ETag` allows `If-None-Match`.',
          params: z.object({ asset_type: z.string().describe('`inputs` or `outputs`') }),
          querystring: assetListingQuerySchema,
          response: { 200: assetListingSchema, 304: z.null().describe('unchanged') },
        },
      },
      async (request, reply) => {
        const type = assetTypeSchema.safeParse(request.params.asset_type)
        if (!type.success) throw new StudioError('invalid_request', "Invalid asset type. Use 'inputs' or 'outputs'.")
        const index = indexes[type.data]
        const listing = listings[type.data]
        await (index.settle() ?? index.ready)
        const { etag } = listing
        const headers = { etag, 'cache-control': 'private, no-cache' }
        if (matchesEtag(request.headers['if-none-match'], etag)) {
          return answerBytes(request, reply, { status: 304, headers, body: null })
        }
        const body = listing.render(request.query)
        const typed = { ...headers, 'content-type': 'application/json; charset=utf-8' }
        return answerBytes(request, reply, { status: 200, headers: typed, body })
      },
    )
  }
}
