'use client'
/** @file One row of the grid: tiles, or what the page makes of it. Drawn anew only when it changes itself. */
import { memo, type ReactNode, type RefCallback } from 'react'
import type { MediaItem } from '../../_client/media-item.ts'
import type { GalleryRow, Group } from '../jobs/rows.ts'
import { Tile, type TileActions, type TileLink } from './tile.tsx'

export type OtherRow = Exclude<GalleryRow, { type: 'tiles' }>

interface GridRowProps {
  row: GalleryRow
  index: number
  /** pixels from the first row */
  start: number
  /** the file that is the grid's tab stop, when it is in this row */
  tabStop: string | null
  captions: boolean
  linkOf: ((item: MediaItem) => TileLink) | undefined
  /** in the first rows: not waited with until it is near */
  eager: boolean
  actions: TileActions
  measure: RefCallback<HTMLElement>
  renderRow: ((row: OtherRow) => ReactNode) | undefined
  renderNote: ((group: Group, height: number) => ReactNode) | undefined
}

export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { row, index, start, tabStop, captions, linkOf, eager, actions, measure, renderRow, renderNote } = props
  const isTiles = row.type === 'tiles'
  return (
    // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: a layout grid (W3C APG); tiles take the focus
    <div
      role="row"
      aria-rowindex={index + 1}
      data-index={index}
      ref={isTiles ? undefined : measure}
      className="absolute inset-x-0 top-0 contain-layout"
      style={{ transform: `translateY(${start}px)`, height: isTiles ? row.height : undefined }}
    >
      {isTiles ? (
        <>
          {row.boxes.map(({ item, left, width }, column) => (
            <Tile
              key={item.key}
              item={item}
              left={left}
              width={width}
              height={row.tileHeight}
              column={column}
              tabbable={item.key === tabStop}
              caption={captions ? item.name : null}
              link={linkOf?.(item)}
              eager={eager}
              actions={actions}
            />
          ))}
          {row.notes?.map((group) => renderNote?.(group, row.tileHeight))}
        </>
      ) : (
        renderRow?.(row)
      )}
    </div>
  )
})
