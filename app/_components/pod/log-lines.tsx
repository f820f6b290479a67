/** @file Lines of the engine's log. Untrusted: shown as text only. */
import type { EngineLogLine } from '#contracts/system'

const tones: Record<EngineLogLine['level'], string> = { info: '', warn: 'text-warn', error: 'text-danger' }

export function LogLines({ lines }: { lines: readonly EngineLogLine[] }) {
  if (lines.length === 0) return <p className="text-muted">No lines.</p>
  return (
    <ol>
      {lines.map((line) => (
        <li key={line.id} className={`break-words whitespace-pre-wrap ${tones[line.level]}`}>
          {inOneLine(line)}
        </li>
      ))}
    </ol>
  )
}

export const inOneLine = ({ at, level, text }: EngineLogLine) =>
  `${new Date(at * 1000).toLocaleTimeString()} ${level === 'info' ? '' : `${level}: `}${text}`
