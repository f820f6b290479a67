/** @file `POST /assets/inputs/from-outputs`: results become inputs, under names of their own. */
import type { FastifyPluginAsync } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { type AssetType, copyToInputsSchema, uploadResultSchema } from '#contracts/assets'
import { signedIn } from '../http/access.ts'
import type { Ledger } from '../storage/ledger.ts'
import { countOf, type EventSink } from './asset-events.ts'
import { copyToInputs } from './copy-to-inputs.ts'
import type { TreeIndex } from './tree-index.ts'

export interface CopyRouteDeps {
  indexes: Record<AssetType, TreeIndex>
  ledger: Ledger
  events: EventSink
  now: () => Date
  randomHex: () => string
}

/** A thousand paths of the greatest length that makes sense. */
const maxBodyBytes = 4 * 1024 * 1024

export function copyRoute({ indexes, ledger, events, now, randomHex }: CopyRouteDeps): FastifyPluginAsync {
  return async (scope) => {
    scope.withTypeProvider<ZodTypeProvider>().post(
      '/assets/inputs/from-outputs',
      {
        config: signedIn,
        bodyLimit: maxBodyBytes,
        schema: {
          tags: ['assets'],
          summary: 'Copy outputs to the input directory',
          description:
            'Answers as an upload does: the names of the copies, and `<path>: <reason>` for what was refused.',
          body: copyToInputsSchema,
          response: { 200: uploadResultSchema },
        },
      },
      async (request, reply) => {
        const left = new AbortController()
        reply.raw.once('close', () => left.abort(new Error('the client has gone')))
        const result = await copyToInputs(request.body.files, {
          outputs: indexes.outputs.root,
          directory: indexes.inputs.root,
          ledger,
          now,
          randomHex,
          signal: left.signal,
        })
        await indexes.inputs.refresh(result.uploaded)
        if (result.uploaded.length > 0) {
          const message = `${countOf(result.uploaded.length, 'output')} copied to the inputs`
          events.append('assets.uploaded', 'success', message, { files: result.uploaded })
        }
        return result
      },
    )
  }
}
