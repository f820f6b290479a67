'use client'
/** @file Files that were chosen to be worked on: for which the choice of workflows is, and those a form has no field for. */
import Link from 'next/link'
import { count, givenName, shortName } from '../../_client/format/words.ts'
import { fromInputName } from '../../_client/media-item.ts'
import { buttonClass } from '../ui/button.tsx'
import { Thumbnail } from '../ui/thumbnail.tsx'

const shown = 3

/** Above the cards of the workflows that take them. */
export function ChosenFiles({ files }: { files: readonly string[] }) {
  const items = files.flatMap((file) => fromInputName(file) ?? [])
  if (items.length === 0) return null
  return (
    <section
      aria-label="Chosen files"
      className="mb-6 flex flex-wrap items-center gap-x-4 gap-y-3 rounded-2xl border border-line bg-surface px-4 py-3"
    >
      <span className="flex gap-1">
        {items.slice(0, shown).map((item) => (
          <span key={item.key} className="size-14 overflow-hidden rounded-lg bg-stage">
            <Thumbnail item={item} width={320} cover when="first" />
          </span>
        ))}
      </span>
      <p className="min-w-0 grow basis-48 text-sm">
        <span className="font-medium">
          For {items.length === 1 ? shortName(items[0]!.name) : count(items.length, 'chosen file')}
        </span>
        <span className="block text-muted">
          Only workflows that take {items.length === 1 ? 'it' : 'them'} are shown.
        </span>
      </p>
      <Link href="/run" className={buttonClass('quiet')}>
        Show all workflows
      </Link>
    </section>
  )
}

/** Above a form. */
export function LeftFiles({ files }: { files: readonly string[] }) {
  if (files.length === 0) return null
  const names = files.slice(0, shown).map((file) => shortName(givenName(file)))
  return (
    <p className="mb-4 text-sm text-muted">
      This workflow has no field for {names.join(', ')}
      {files.length > shown && ` and ${files.length - shown} more`}.
    </p>
  )
}
