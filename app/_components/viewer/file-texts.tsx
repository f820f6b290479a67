'use client'
/** @file What a file itself says of its making. Anybody may have written it: text, and nothing else. */
import { useQuery } from '@tanstack/react-query'
import type { MediaItem } from '../../_client/media-item.ts'
import { fileTextsQuery } from '../../_client/queries/file-texts.ts'
import { settingsOf, valueInWords } from '../job/settings.ts'
import { type Fact, Facts, LongText } from '../ui/facts.tsx'

export function FileTexts({ item }: { item: MediaItem }) {
  const found = useQuery({ ...fileTextsQuery(item), retry: false }).data
  if (found === undefined || found.texts.length === 0) return null
  const settings = settingsOf({ workflow: null, inputs: {}, seeds: {}, prompt: promptIn(found.texts) }, null)
  const main = settings.filter((setting) => setting.main && setting.value !== '')
  const facts = main
    .filter((setting) => setting.kind !== 'text')
    .map(
      (setting): Fact => ({
        label: setting.label,
        value: valueInWords(setting.value),
        copy: setting.kind !== 'media',
      }),
    )
  return (
    <section>
      <h2 className="mb-1 text-sm font-semibold">Written in the file</h2>
      {main
        .filter((setting) => setting.kind === 'text')
        .map((setting) => (
          <LongText key={setting.key} label={setting.label} value={String(setting.value)} />
        ))}
      <Facts facts={facts} />
      {found.texts.map(({ keyword, text }, index) =>
        // Graphs are long and were read above; other programs' settings are meant to be read.
        /^(prompt|workflow)$/.test(keyword) ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes, and keywords may repeat
          <details key={index} className="text-sm">
            <summary className="flex min-h-11 items-center text-muted md:min-h-8">{keyword}</summary>
            <pre className="max-h-80 overflow-auto rounded-lg bg-sunken p-3 font-mono text-xs">{text}</pre>
          </details>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          <LongText key={index} label={keyword} value={text} />
        ),
      )}
      {found.truncated && <p className="mt-2 text-sm text-muted">There is more in the file than is shown here.</p>}
    </section>
  )
}

function promptIn(texts: readonly { keyword: string; text: string }[]): Record<string, unknown> {
  const prompt = texts.find(({ keyword }) => keyword === 'prompt')
  try {
    return Object(JSON.parse(prompt?.text ?? '{}'))
  } catch {
    return {}
  }
}
