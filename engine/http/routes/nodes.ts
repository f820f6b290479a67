/** @file `/object_info`, and the answers about node packs that this engine has none of. */

import type { NodeEnvironment } from '../../nodes/define.ts'
import { describeAllNodes, describeOneNode } from '../../nodes/object-info.ts'
import type { NodeRegistry } from '../../nodes/registry.ts'
import { type EngineRoute, pathValue, sendJson } from '../route.ts'

export interface NodeRouteOptions {
  registry: NodeRegistry
  environment: NodeEnvironment
  onFailure: (classType: string, error: unknown) => void
}

export function nodeRoutes({ registry, environment, onFailure }: NodeRouteOptions): EngineRoute[] {
  const constant = (path: string, value: unknown): EngineRoute => ({
    method: 'GET',
    path,
    handle: (_request, reply) => sendJson(reply, value),
  })
  return [
    {
      method: 'GET',
      path: '/object_info',
      handle: async (_request, reply) => sendJson(reply, await describeAllNodes(registry, environment, onFailure)),
    },
    {
      method: 'GET',
      path: '/object_info/:classType',
      handle: async (request, reply) =>
        sendJson(reply, await describeOneNode(registry, pathValue(request, 'classType'), environment, onFailure)),
    },
    constant('/extensions', []),
    constant('/workflow_templates', {}),
    constant('/i18n', {}),
    constant('/global_subgraphs', {}),
    // The real server answers null, not 404, for an unknown id.
    constant('/global_subgraphs/:id', null),
    constant('/node_replacements', {}),
  ]
}
