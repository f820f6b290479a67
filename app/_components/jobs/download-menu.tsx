'use client'
/** @file "Download all" of the gallery: what the filters find, by kind, each with its count and size. Loaded when it is first opened. */
import { Download, Package } from 'lucide-react'
import type { OutputSummary } from '#contracts/outputs'
import { useZip } from '../../_client/actions/use-zip.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count, kindWords } from '../../_client/format/words.ts'
import { filterOf, type OutputFilters } from '../../_client/queries/outputs.ts'
import { downloadByLink, outputsZipUrl } from '../../_client/urls.ts'
import { buttonClass } from '../ui/button.tsx'
import { Menu, type MenuItem } from '../ui/menu.tsx'

interface DownloadMenuProps {
  label: string
  filters: OutputFilters
  filtered: boolean
  summary: OutputSummary
}

export function DownloadMenu({ label, filters, filtered, summary }: DownloadMenuProps) {
  const { zip } = useZip()
  const selection = { query: filterOf(filters) }
  const kinds = (['final', 'preview', 'intermediate'] as const).filter((kind) => summary.kinds[kind].files > 0)
  const items: MenuItem[] = kinds.map((kind) => ({
    label: count(summary.kinds[kind].files, kindWords[kind].one, kindWords[kind].many),
    icon: <Download size={16} aria-hidden />,
    hint: formatBytes(summary.kinds[kind].bytes),
    needsPod: true,
    onSelect: () => void zip({ selection, kinds: [kind] }),
  }))
  if (!filtered) {
    items.push({
      label: 'Everything, with the settings',
      icon: <Package size={16} aria-hidden />,
      hint: formatBytes(summary.bytes),
      needsPod: true,
      onSelect: () => downloadByLink(outputsZipUrl),
    })
  } else if (kinds.length > 1) {
    items.push({
      label: `All ${count(summary.files, 'match', 'matches')}`,
      icon: <Package size={16} aria-hidden />,
      hint: formatBytes(summary.bytes),
      needsPod: true,
      onSelect: () => void zip({ selection }),
    })
  }
  return (
    <Menu label={label} items={items} className={`${buttonClass('secondary')} max-lg:w-11 max-lg:px-0`} openAtOnce>
      <Download size={16} aria-hidden />
      <span className="max-lg:hidden">{filtered ? 'Download matches' : 'Download all'}</span>
    </Menu>
  )
}
