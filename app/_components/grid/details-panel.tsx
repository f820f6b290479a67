'use client'
/**
 * @file Beside a grid: the settings that made the focused file, as in the viewer. The page gives way to it (`--panel`), so that it
 * never lies over a picture. Loaded when it is first asked for.
 */
import { X } from 'lucide-react'
import { useLayoutEffect } from 'react'
import { shortName } from '../../_client/format/words.ts'
import type { MediaItem } from '../../_client/media-item.ts'
import { pushParams } from '../../_client/url-state.ts'
import { IconButton } from '../ui/button.tsx'
import { Details } from '../viewer/details.tsx'
import { useViewerActions } from '../viewer/use-viewer-actions.ts'

interface DetailsPanelProps {
  item: MediaItem
  onClose: () => void
}

export function DetailsPanel({ item, onClose }: DetailsPanelProps) {
  const actions = useViewerActions(item)
  useLayoutEffect(() => {
    const page = document.getElementById('studio')
    page?.style.setProperty('--panel', '20rem')
    return () => void page?.style.removeProperty('--panel')
  }, [])
  return (
    <aside
      aria-label="Details"
      className="fixed inset-y-0 right-0 z-20 w-(--panel) overflow-y-auto border-l border-line bg-surface"
    >
      <div className="sticky top-0 flex items-center gap-2 border-b border-line bg-surface py-1.5 pr-2 pl-5">
        <p className="min-w-0 grow truncate text-sm font-medium" title={item.name}>
          {shortName(item.name)}
        </p>
        <IconButton label="Close the details (i)" onClick={onClose}>
          <X size={18} aria-hidden />
        </IconButton>
      </div>
      <Details
        item={item}
        actions={actions}
        onCompare={(other) => pushParams({ file: item.path, with: other.key, compare: 'slider' })}
      />
    </aside>
  )
}
