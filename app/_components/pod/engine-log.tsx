'use client'
/** @file The engine's log as it grows: searched, filtered by level, copied. Its text is untrusted and shown as text only. */
import { useQuery } from '@tanstack/react-query'
import { Copy } from 'lucide-react'
import { useState } from 'react'
import { copyText } from '../../_client/copy-text.ts'
import { count } from '../../_client/format/words.ts'
import { notify } from '../../_client/notify.ts'
import { engineLogQuery } from '../../_client/queries/pod.ts'
import { Button } from '../ui/button.tsx'
import { inputClass } from '../ui/field.tsx'
import { Panel } from '../ui/page.tsx'
import { inOneLine, LogLines } from './log-lines.tsx'

type Level = 'all' | 'warn' | 'error'
const levels: Record<Level, string> = { all: 'All lines', warn: 'Warnings and errors', error: 'Errors only' }

export function EngineLog() {
  const log = useQuery(engineLogQuery)
  const [text, setText] = useState('')
  const [level, setLevel] = useState<Level>('all')
  const lines = (log.data?.lines ?? []).filter(
    (line) =>
      (level === 'all' || line.level === 'error' || line.level === level) &&
      line.text.toLowerCase().includes(text.toLowerCase()),
  )
  const copy = async () => {
    if (await copyText(lines.map(inOneLine).join('\n'), 'The log'))
      notify.success(`Copied ${count(lines.length, 'line')}`)
  }
  return (
    <Panel className="p-5 md:col-span-2">
      <h2 className="text-sm font-semibold text-muted">Engine log</h2>
      <div className="mt-3 flex flex-wrap gap-2">
        <input
          type="search"
          aria-label="Search the log"
          placeholder="Search the log"
          value={text}
          onChange={(event) => setText(event.target.value)}
          className={`${inputClass} max-w-72`}
        />
        <select
          aria-label="Level"
          value={level}
          onChange={(event) => setLevel(event.target.value as Level)}
          className={`${inputClass} max-w-52`}
        >
          {Object.entries(levels).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
        <Button onClick={() => void copy()}>
          <Copy size={16} aria-hidden />
          Copy
        </Button>
      </div>
      <section
        aria-label="Engine log"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        tabIndex={0}
        className="mt-3 flex max-h-80 flex-col-reverse overflow-auto rounded-lg bg-sunken p-3 font-mono text-xs"
      >
        <LogLines lines={lines} />
      </section>
    </Panel>
  )
}
