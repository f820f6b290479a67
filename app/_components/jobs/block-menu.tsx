'use client'
/** @file What can be done with a job or folder as a whole. Loaded when its menu is first opened. */
import { Download, Ellipsis, Package, RotateCcw, SlidersHorizontal, SquareCheck, Trash2 } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useDelete } from '../../_client/actions/use-delete.ts'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { useZip } from '../../_client/actions/use-zip.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count } from '../../_client/format/words.ts'
import { runFrom } from '../../_client/run-address.ts'
import { useStudio } from '../../_client/studio.tsx'
import { downloadByLink, packageUrl } from '../../_client/urls.ts'
import { Menu, type MenuItem } from '../ui/menu.tsx'
import { blockInWords } from './block-words.ts'
import { allFiles, type GalleryBlock } from './blocks.ts'
import { zipOf } from './zip-of.ts'

export function BlockMenu({ block }: { block: GalleryBlock }) {
  const router = useRouter()
  const { selection } = useStudio()
  const { zip } = useZip()
  const { retry } = useJobActions()
  const remove = useDelete()
  const { files, workflow } = block
  const all = allFiles(block)

  const items: MenuItem[] = []
  if (files.final.length > 0) {
    items.push({
      label: 'Select finals',
      icon: <SquareCheck size={16} aria-hidden />,
      onSelect: () => selection.getState().toggleAll(files.final, [...files.preview, ...files.intermediate]),
    })
    items.push({
      label: `Download ${count(files.final.length, 'final')}`,
      icon: <Download size={16} aria-hidden />,
      hint: formatBytes(files.final.reduce((sum, item) => sum + (item.size ?? 0), 0)),
      needsPod: true,
      onSelect: () => void zip(zipOf(block, 'final')),
    })
  }
  if (all.length > files.final.length) {
    items.push({
      label: `Download all ${count(all.length, 'file')}`,
      icon: <Download size={16} aria-hidden />,
      hint: formatBytes(block.size),
      needsPod: true,
      onSelect: () => void zip(zipOf(block, null)),
    })
  }
  if (block.recorded) {
    items.push({
      label: 'Download with settings',
      icon: <Package size={16} aria-hidden />,
      needsPod: true,
      onSelect: () => downloadByLink(packageUrl(block.id)),
    })
    items.push({
      label: 'Use these settings',
      icon: <SlidersHorizontal size={16} aria-hidden />,
      onSelect: () => router.push(runFrom(block.id, workflow)),
    })
    items.push({
      label: 'Run again, same seed',
      icon: <RotateCcw size={16} aria-hidden />,
      needsPod: true,
      onSelect: () => void retry(block.id),
    })
  }
  items.push({
    label: all.length > 0 ? `Move ${count(all.length, 'file')} to trash` : 'Move to trash',
    icon: <Trash2 size={16} aria-hidden />,
    danger: true,
    needsPod: true,
    hint: formatBytes(block.size),
    onSelect: () => void remove('outputs', block.paths, blockInWords(block)),
  })
  return (
    <Menu label={`More for ${block.title}`} items={items} openAtOnce>
      <Ellipsis size={18} aria-hidden />
    </Menu>
  )
}
