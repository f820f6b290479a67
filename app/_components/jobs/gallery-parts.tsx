'use client'
/** @file What the jobs and the files page share around their grid: head, filters, the "2 new" pill. */
import { Download, Sparkles } from 'lucide-react'
import Link from 'next/link'
import { usePathname, useSearchParams } from 'next/navigation'
import { type ReactNode, useState } from 'react'
import type { OutputSummary } from '#contracts/outputs'
import { count } from '../../_client/format/words.ts'
import { KeepSelecting } from '../grid/keep-selecting.tsx'
import { TileSize } from '../grid/tile-size.tsx'
import { Button, buttonClass } from '../ui/button.tsx'
import { PageHead } from '../ui/page.tsx'
import { part } from '../ui/part.tsx'
import { FilterBar, useOutputFilters } from './filter-bar.tsx'

interface GalleryHeadProps {
  title: string
  about: ReactNode
  /** of what the filters find; not known yet while loading */
  summary: OutputSummary | undefined
}

export function GalleryHead({ title, about, summary }: GalleryHeadProps) {
  const found = useOutputFilters()
  return (
    <PageHead
      title={title}
      about={about}
      actions={
        <>
          <ViewSwitch />
          {/* For other filters anew: an open menu must not open by itself for what they find. */}
          <DownloadAll key={JSON.stringify(found.filters)} {...found} summary={summary} />
          <Link href="/run" className={`${buttonClass('primary')} max-sm:hidden`}>
            <Sparkles size={16} aria-hidden />
            Run a workflow
          </Link>
        </>
      }
    />
  )
}

const DownloadMenu = part(() => import('./download-menu.tsx').then((module) => module.DownloadMenu))

/** Its menu, which says what would come and how much, comes with the first click. */
function DownloadAll({
  filters,
  filtered,
  summary,
}: ReturnType<typeof useOutputFilters> & Pick<GalleryHeadProps, 'summary'>) {
  const [asked, setAsked] = useState(false)
  const label = filtered ? 'Download what matches' : 'Download all outputs'
  if (asked && summary) return <DownloadMenu {...{ label, filters, filtered, summary }} />
  return (
    <Button
      aria-label={label}
      aria-haspopup="menu"
      disabled={!(filtered ? summary?.files : summary?.jobs)}
      className="max-lg:w-11 max-lg:px-0"
      onClick={() => setAsked(true)}
    >
      <Download size={16} aria-hidden />
      <span className="max-lg:hidden">{filtered ? 'Download matches' : 'Download all'}</span>
    </Button>
  )
}

/** Jobs or files, with the same filters. */
function ViewSwitch() {
  const pathname = usePathname()
  const query = new URLSearchParams(useSearchParams().toString())
  query.delete('file')
  const rest = query.size > 0 ? `?${query}` : ''
  return (
    <nav aria-label="View" className="flex rounded-lg border border-line bg-surface p-0.5">
      {[
        { href: '/jobs', name: 'Jobs' },
        { href: '/files', name: 'Files' },
      ].map(({ href, name }) => {
        const here = pathname === href
        return (
          <Link
            key={href}
            href={`${href}${rest}`}
            aria-current={here ? 'page' : undefined}
            className={`grid h-10 min-w-12 place-items-center rounded-md px-3 text-sm md:h-8 ${here ? 'bg-hover font-semibold' : 'text-muted hover:text-ink'}`}
          >
            {name}
          </Link>
        )
      })}
    </nav>
  )
}

const FilterChips = part(() => import('./filter-chips.tsx').then((module) => module.FilterChips))

export function GalleryFilters({ label }: { label: string }) {
  const { filtered } = useOutputFilters()
  return (
    <>
      <FilterBar label={label}>
        <KeepSelecting />
        <TileSize />
      </FilterBar>
      {filtered && <FilterChips />}
    </>
  )
}

/** News that waits above. */
export function ArrivedPill({ n, onShow }: { n: number; onShow: () => void }) {
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 top-3 z-20 flex justify-center md:pl-(--rail)">
      {n > 0 && (
        <Button look="primary" className="pointer-events-auto rounded-full! shadow-float" onClick={onShow}>
          <span aria-hidden>↑</span>
          {count(n, 'new', 'new')}
        </Button>
      )}
    </div>
  )
}

export const GalleryEmpty = part(() => import('./gallery-empty.tsx').then((module) => module.GalleryEmpty))

export const GallerySkeleton = () => (
  <div aria-hidden className="grid grid-cols-2 gap-2 pt-6 md:grid-cols-4">
    {['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key) => (
      <div key={key} className="skeleton aspect-4/3" />
    ))}
  </div>
)
