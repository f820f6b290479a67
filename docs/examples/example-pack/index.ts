/** @file An example of a node pack: every part of the interface once. Explained in docs/node-packs.md. */
import type { NodePack, NodePackApi } from 'pod-studio/node-pack'
import { createFileNodes } from './nodes/files.ts'
import { createFlowNodes } from './nodes/flow.ts'
import { createPictureNodes } from './nodes/pictures.ts'
import { createTextNodes } from './nodes/texts.ts'

export default function examplePack(api: NodePackApi): NodePack {
  return {
    nodes: [...createPictureNodes(api), ...createTextNodes(api), ...createFlowNodes(api), ...createFileNodes(api)],
    displayNames: { ExampleTint: 'Tint Picture' },
    webDirectory: 'web',
    replacements: [
      {
        oldNodeId: 'ExampleColorize',
        newNodeId: 'ExampleTint',
        oldWidgetIds: ['color', 'amount'],
        inputMapping: [
          { newId: 'image', oldId: 'picture' },
          { newId: 'colour', oldId: 'color' },
          { newId: 'strength', setValue: 1 },
        ],
        outputMapping: [{ oldIdx: 1, newIdx: 0 }],
      },
    ],
  }
}
