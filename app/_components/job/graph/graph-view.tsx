'use client'
/**
 * @file The graph of a job to look at: nodes, their inputs and links, and what became of each. Loaded when it is asked for.
 * Drawing, panning and zooming are React Flow's; where a node stands is `graph-layout.ts`. The list below it says the same in words.
 */
import {
  Background,
  Controls,
  type Edge,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
} from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import './graph.css'
import { useMemo, useState } from 'react'
import { NodeStateMark } from '../node-state.tsx'
import { type NodeState, nodeStateWords } from '../node-states.ts'
import { valueInWords } from '../settings.ts'
import { layeredLayout, savedPlaces } from './graph-layout.ts'
import { type GraphNode, graphNodes } from './graph-nodes.ts'
import { NodeDetails } from './node-details.tsx'

interface GraphViewProps {
  prompt: unknown
  /** the editor's graph, when the job brought one: it knows where nodes stand */
  workflow: unknown
  states: ReadonlyMap<string, NodeState>
}

const width = 240
const rowHeight = 22
const headHeight = 40
/** More values than this are in the details only. */
const mostRows = 7

const rowsOf = (node: GraphNode) => Math.min(mostRows, node.links.length + node.values.length)
const heightOf = (node: GraphNode) => headHeight + rowsOf(node) * rowHeight + (rowsOf(node) > 0 ? 10 : 0)

type StepNode = Node<{ node: GraphNode; state: NodeState | null; outputs: number[] }, 'step'>

export default function GraphView({ prompt, workflow, states }: GraphViewProps) {
  const nodes = useMemo(() => graphNodes(prompt), [prompt])
  const places = useMemo(
    () => savedPlaces(workflow, nodes) ?? layeredLayout(nodes, { width, heightOf, gapX: 72, gapY: 28 }),
    [workflow, nodes],
  )
  const height = useMemo(() => {
    const bottoms = nodes.map((node) => (places.get(node.id)?.y ?? 0) + heightOf(node))
    const tops = nodes.map((node) => places.get(node.id)?.y ?? 0)
    return Math.min(576, Math.max(300, Math.max(...bottoms) - Math.min(...tops) + 120))
  }, [nodes, places])
  const [chosen, setChosen] = useState<string | null>(null)
  const flowNodes = useMemo(
    () =>
      nodes.map((node): StepNode => {
        const state = states.get(node.id) ?? null
        return {
          id: node.id,
          type: 'step',
          position: places.get(node.id) ?? { x: 0, y: 0 },
          data: { node, state, outputs: outputsUsed(node.id, nodes) },
          width,
          height: heightOf(node),
          selected: node.id === chosen,
          ariaLabel: `${node.title}${state === null ? '' : `, ${nodeStateWords[state]}`}`,
          // The library's own description speaks of moving and deleting.
          domAttributes: { 'aria-describedby': undefined },
        }
      }),
    [nodes, places, states, chosen],
  )
  const edges = useMemo(() => edgesOf(nodes, states), [nodes, states])
  const node = nodes.find((each) => each.id === chosen) ?? null
  return (
    <>
      <div className="studio-graph max-h-[70dvh] bg-sunken" style={{ height }}>
        <ReactFlowProvider>
          <ReactFlow
            nodes={flowNodes}
            edges={edges}
            nodeTypes={nodeTypes}
            aria-label="Graph of the workflow"
            fitView
            // Text has to stay readable: on a phone one pans.
            fitViewOptions={{ padding: 0.06, maxZoom: 1, minZoom: 0.6 }}
            minZoom={0.05}
            maxZoom={2}
            nodesDraggable={false}
            nodesConnectable={false}
            edgesFocusable={false}
            deleteKeyCode={null}
            multiSelectionKeyCode={null}
            selectionKeyCode={null}
            // The wheel scrolls the page; pinch, Ctrl and wheel, or the buttons zoom.
            zoomOnScroll={false}
            preventScrolling={false}
            onNodeClick={(_, clicked) => setChosen(clicked.id)}
            onNodesChange={(changes) => {
              for (const change of changes) if (change.type === 'select' && change.selected) setChosen(change.id)
            }}
            onPaneClick={() => setChosen(null)}
            proOptions={{ hideAttribution: true }}
          >
            <Background gap={24} color="var(--line)" />
            <Controls showInteractive={false} />
          </ReactFlow>
        </ReactFlowProvider>
      </div>
      {node !== null && <NodeDetails node={node} nodes={nodes} state={states.get(node.id) ?? null} />}
    </>
  )
}

const nodeTypes = { step: Step }

function Step({ data: { node, state, outputs }, selected }: NodeProps<StepNode>) {
  const links = node.links.slice(0, mostRows)
  const values = node.values.slice(0, mostRows - links.length)
  const hidden = node.links.length + node.values.length - links.length - values.length
  return (
    <div
      data-state={state ?? undefined}
      className={`size-full overflow-hidden rounded-xl border bg-surface text-left text-xs text-ink ${selected ? 'border-accent ring-2 ring-accent' : borders[state ?? 'waiting']}`}
    >
      <div
        className={`flex items-center justify-between gap-2 px-3 ${state === 'running' ? 'bg-accent-soft' : ''}`}
        style={{ height: headHeight }}
      >
        <span className="min-w-0 truncate text-sm font-semibold" title={node.type}>
          {node.title}
        </span>
        {state !== null && <NodeStateMark state={state} short />}
        {outputs.map((output, index) => (
          <Handle
            key={output}
            id={`out${output}`}
            type="source"
            position={Position.Right}
            isConnectable={false}
            style={{ top: headHeight / 2 + (index - (outputs.length - 1) / 2) * 8 }}
          />
        ))}
      </div>
      {links.map((link, index) => (
        <p key={link.input} className="truncate px-3 text-muted" style={{ height: rowHeight }}>
          <Handle
            id={link.input}
            type="target"
            position={Position.Left}
            isConnectable={false}
            style={{ top: headHeight + rowHeight * (index + 0.4) }}
          />
          {link.input.replaceAll('_', ' ')}
        </p>
      ))}
      {values.map(({ name, value }) => (
        <p key={name} className="flex gap-2 px-3" style={{ height: rowHeight }}>
          <span className="max-w-[45%] shrink-0 truncate text-muted">{name.replaceAll('_', ' ')}</span>
          <span className="min-w-0 truncate">{valueInWords(value)}</span>
        </p>
      ))}
      {hidden > 0 && <span className="absolute right-3 bottom-1 bg-surface pl-1 text-muted">+{hidden}</span>}
    </div>
  )
}

const borders: Record<NodeState, string> = {
  running: 'border-accent ring-2 ring-accent',
  done: 'border-ok',
  cached: 'border-ok border-dashed',
  failed: 'border-danger ring-2 ring-danger',
  stopped: 'border-warn',
  waiting: 'border-line-strong',
  unused: 'border-line-strong border-dashed',
}

const outputsUsed = (id: string, nodes: readonly GraphNode[]) =>
  [...new Set(nodes.flatMap((node) => node.links.filter((link) => link.from === id).map((link) => link.output)))].sort(
    (a, b) => a - b,
  )

function edgesOf(nodes: readonly GraphNode[], states: ReadonlyMap<string, NodeState>): Edge[] {
  return nodes.flatMap((node) =>
    node.links.slice(0, mostRows).map(
      (link): Edge => ({
        id: `${node.id}.${link.input}`,
        source: link.from,
        sourceHandle: `out${link.output}`,
        target: node.id,
        targetHandle: link.input,
        focusable: false,
        className: states.get(node.id) === 'running' ? 'lit' : '',
      }),
    ),
  )
}
