/** @file `/object_info`: what nodes there are and what they take. */
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
  ]
}
