/**
 * @file What node packs bring beside their nodes: scripts of the page, templates, translations, subgraphs, replacements;
 * and the list of packs with what failed.
 */
import type { OpenedFile } from '#platform/files/open-beneath'
import type { PackFiles } from '../../packs/pack-files.ts'
import type { PackReport } from '../../packs/pack-library.ts'
import { describeReplacements, type NodeReplacement } from '../../packs/replacements.ts'
import { contentTypeOf } from '../content-types.ts'
import { HttpError } from '../http-error.ts'
import { type EngineRoute, pathValue, sendJson } from '../route.ts'
import { sendFile } from '../send-file.ts'

export interface PackRouteOptions {
  files: PackFiles
  replacements: readonly NodeReplacement[]
  report: () => PackReport[]
}

export function packRoutes({ files, replacements, report }: PackRouteOptions): EngineRoute[] {
  const json = (path: string, answer: () => unknown): EngineRoute => ({
    method: 'GET',
    path,
    handle: async (_request, reply) => sendJson(reply, await answer()),
  })
  const fileOf = (path: string, open: (pack: string, path: string) => Promise<OpenedFile | null>): EngineRoute => ({
    method: 'GET',
    path: `${path}/:pack/*`,
    async handle(request, reply) {
      const name = pathValue(request, '*')
      const file = await open(pathValue(request, 'pack'), name)
      if (file === null) throw new HttpError(404)
      return sendFile(request, reply, file, {
        // Scripts too: a pack is a program the owner of this machine trusts, its page scripts are part of it.
        'content-type': contentTypeOf(name),
        'x-content-type-options': 'nosniff',
      })
    },
  })
  return [
    json('/extensions', files.listExtensions),
    fileOf('/extensions', files.openWebFile),
    json('/workflow_templates', files.listTemplates),
    fileOf('/workflow_templates', files.openTemplate),
    json('/i18n', files.translations),
    json('/global_subgraphs', files.listSubgraphs),
    {
      method: 'GET',
      path: '/global_subgraphs/:id',
      // The real server answers null, not 404, for an unknown id.
      handle: async (request, reply) => sendJson(reply, await files.findSubgraph(pathValue(request, 'id'))),
    },
    json('/node_replacements', () => describeReplacements(replacements)),
    { ...json('/internal/node_packs', () => ({ packs: report() })), at: 'bare' },
  ]
}
