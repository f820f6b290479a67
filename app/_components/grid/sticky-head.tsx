'use client'
/**
 * @file A strip at the top of the gallery that names the job whose head was scrolled out above. It takes no room (nothing moves
 * when it comes), and the page's scroll padding keeps it off the tile that has the focus. Loaded with the first scrolling.
 */
import { type ReactNode, useEffect, useState } from 'react'
import type { GalleryRow } from '../jobs/rows.ts'
import { headAbove } from './head-above.ts'

/** As high as the strip, CSS pixels. */
const stripHeight = 48

export type HeadRow = Extract<GalleryRow, { type: 'header' }>

interface StickyHeadProps {
  rows: readonly GalleryRow[]
  starts: Float64Array
  /** where the first row begins on the page */
  top: number
  render: (row: HeadRow) => ReactNode
}

export function StickyHead({ rows, starts, top, render }: StickyHeadProps) {
  const [shown, setShown] = useState(-1)
  useEffect(() => {
    const look = () => setShown(headAbove(rows, starts, scrollY - top, stripHeight))
    look()
    addEventListener('scroll', look, { passive: true })
    return () => removeEventListener('scroll', look)
  }, [rows, starts, top])
  const row = rows[shown]
  return (
    <div className="sticky top-0 z-10 h-0">
      {row?.type === 'header' && (
        // biome-ignore lint/a11y/useSemanticElements: a group of a button and a link is no fieldset
        <div
          role="group"
          aria-label="The job above"
          className="absolute -inset-x-4 top-0 flex h-12 items-center gap-2 border-b border-line bg-canvas px-4 md:-inset-x-8 md:px-8"
        >
          {render(row)}
        </div>
      )}
    </div>
  )
}
