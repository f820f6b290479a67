'use client'
/** @file What can be done with the selected files, with count, kinds and size spelled out. Loaded with the first selection. */
import { Columns2, Download, Trash2, X } from 'lucide-react'
import { useDelete } from '../../_client/actions/use-delete.ts'
import { useZip } from '../../_client/actions/use-zip.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count, kindWords } from '../../_client/format/words.ts'
import type { MediaItem } from '../../_client/media-item.ts'
import { useSelection, useStudio } from '../../_client/studio.tsx'
import { pushParams } from '../../_client/url-state.ts'
import { downloadByLink, fileUrl } from '../../_client/urls.ts'
import { Button, IconButton } from '../ui/button.tsx'

/** `5 files (3 finals, 2 previews)` */
function inKinds(items: readonly MediaItem[]): string {
  const kinds = (['final', 'preview', 'intermediate'] as const)
    .map((kind) => ({ kind, n: items.filter((item) => item.kind === kind).length }))
    .filter(({ n }) => n > 0)
    .map(({ kind, n }) => count(n, kindWords[kind].one))
  if (kinds.length === 0) return count(items.length, 'file')
  return kinds.length === 1 ? kinds[0]! : `${count(items.length, 'file')} (${kinds.join(', ')})`
}

export function SelectionActions() {
  const { selection } = useStudio()
  const items = useSelection((state) => state.items)
  const { zip, busy } = useZip()
  const remove = useDelete()
  if (items.size === 0) return null
  const list = [...items.values()]
  const size = list.reduce((sum, item) => sum + (item.size ?? 0), 0)
  const words = inKinds(list)
  const root = list[0]!.root
  const paths = list.map((item) => item.path)

  const download = () => {
    if (list.length === 1) downloadByLink(fileUrl(root, paths[0]!), list[0]!.name)
    else if (root === 'outputs') void zip({ paths })
    else for (const item of list) downloadByLink(fileUrl(root, item.path), item.name)
  }

  return (
    <section
      aria-label="Selection"
      className="fixed inset-x-3 bottom-[calc(var(--foot)+0.75rem)] z-30 mx-auto flex max-w-2xl items-center gap-2 rounded-2xl border border-line bg-surface p-2 pl-4 shadow-float md:left-[calc(var(--rail)+1rem)]"
    >
      <p className="min-w-0 grow text-sm" aria-live="polite">
        <span className="font-medium">{words} selected</span>
        {size > 0 && <span className="ml-2 whitespace-nowrap text-muted tabular-nums">{formatBytes(size)}</span>}
      </p>
      {list.length === 2 && (
        <Button onClick={() => pushParams({ file: list[1]!.path, with: list[0]!.key, compare: 'slider' })}>
          <Columns2 size={16} aria-hidden />
          <span className="max-sm:sr-only">Compare</span>
        </Button>
      )}
      <Button busy={busy} onClick={download}>
        <Download size={16} aria-hidden />
        <span className="max-sm:sr-only">Download</span>
      </Button>
      <Button onClick={() => void remove(root, paths, words)}>
        <Trash2 size={16} aria-hidden />
        <span className="max-sm:sr-only">Delete</span>
      </Button>
      <IconButton label="Clear selection" onClick={() => selection.getState().clear()}>
        <X size={18} aria-hidden />
      </IconButton>
    </section>
  )
}
