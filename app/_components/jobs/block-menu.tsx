'use client'
/** @file What can be done with a job or folder as a whole. Loaded when its menu is first opened. */
import { Download, Ellipsis, Package, RotateCcw, SlidersHorizontal, SquareCheck, Trash2 } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useDelete } from '../../_client/actions/use-delete.ts'
import { useJobActions } from '../../_client/actions/use-job-actions.ts'
import { useZip } from '../../_client/actions/use-zip.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count, kindWords } from '../../_client/format/words.ts'
import { runFrom } from '../../_client/run-address.ts'
import { useStudio } from '../../_client/studio.tsx'
import { downloadByLink, packageUrl } from '../../_client/urls.ts'
import { Menu, type MenuItem } from '../ui/menu.tsx'
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
  if (block.status !== null) {
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
  const what = [
    ...(['final', 'preview', 'intermediate'] as const)
      .filter((kind) => files[kind].length > 0)
      .map((kind) => count(files[kind].length, kindWords[kind].one, kindWords[kind].many)),
    ...(block.size > 0 ? [formatBytes(block.size)] : []),
  ].join(', ')
  items.push({
    label: all.length > 0 ? `Move ${count(all.length, 'file')} to trash` : 'Move to trash',
    icon: <Trash2 size={16} aria-hidden />,
    danger: true,
    needsPod: true,
    hint: formatBytes(block.size),
    onSelect: () => void remove('outputs', block.paths, what === '' ? block.title : `${block.title} (${what})`),
  })
  return (
    <Menu label={`More for ${block.title}`} items={items} openAtOnce>
      <Ellipsis size={18} aria-hidden />
    </Menu>
  )
}
