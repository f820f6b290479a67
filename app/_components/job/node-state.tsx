/** @file The state of a node: icon, word and colour together. */
import { CircleCheck, CircleDashed, CircleSlash, CircleX, Clock, LoaderCircle, Recycle } from 'lucide-react'
import { type NodeState, nodeStateWords } from './node-states.ts'

const looks: Record<NodeState, { icon: typeof Clock; tone: string }> = {
  done: { icon: CircleCheck, tone: 'text-ok' },
  cached: { icon: Recycle, tone: 'text-ok' },
  running: { icon: LoaderCircle, tone: 'text-accent' },
  failed: { icon: CircleX, tone: 'text-danger' },
  stopped: { icon: CircleSlash, tone: 'text-warn' },
  waiting: { icon: Clock, tone: 'text-muted' },
  unused: { icon: CircleDashed, tone: 'text-muted' },
}

export function NodeStateMark({ state, short = false }: { state: NodeState; short?: boolean }) {
  const { icon: Icon, tone } = looks[state]
  return (
    <span className={`inline-flex shrink-0 items-center gap-1.5 text-xs font-medium ${tone}`}>
      <Icon size={14} aria-hidden className={state === 'running' ? 'animate-spin' : ''} />
      <span className={short ? 'sr-only' : ''}>{nodeStateWords[state]}</span>
    </span>
  )
}
