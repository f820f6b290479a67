/** @file One node in words: what it is, what it was given, and by whom. */
import { NodeStateMark } from '../node-state.tsx'
import type { NodeState } from '../node-states.ts'
import { valueInWords } from '../settings.ts'
import type { GraphNode } from './graph-nodes.ts'

interface NodeDetailsProps {
  node: GraphNode
  nodes: readonly GraphNode[]
  state: NodeState | null
}

export const NodeDetails = (props: NodeDetailsProps) => (
  <div className="border-t border-line p-4" aria-live="polite">
    <NodeWords {...props} />
  </div>
)

export function NodeWords({ node, nodes, state }: NodeDetailsProps) {
  const titleOf = (id: string) => nodes.find((each) => each.id === id)?.title ?? id
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <span className="font-semibold">{node.title}</span>
        {node.title !== node.type && <span className="text-muted">{node.type}</span>}
        {state !== null && <NodeStateMark state={state} />}
      </p>
      {node.links.length + node.values.length > 0 && (
        <dl className="mt-1 grid gap-x-6 text-sm sm:grid-cols-2">
          {node.links.map((link) => (
            <div key={link.input} className="flex min-w-0 gap-3 py-1">
              <dt className="w-32 shrink-0 break-words text-muted">{link.input.replaceAll('_', ' ')}</dt>
              <dd className="min-w-0 break-words">from {titleOf(link.from)}</dd>
            </div>
          ))}
          {node.values.map(({ name, value }) => (
            <div key={name} className="flex min-w-0 gap-3 py-1">
              <dt className="w-32 shrink-0 break-words text-muted">{name.replaceAll('_', ' ')}</dt>
              <dd className="max-h-40 min-w-0 overflow-y-auto break-words whitespace-pre-wrap">
                {valueInWords(value)}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </>
  )
}
