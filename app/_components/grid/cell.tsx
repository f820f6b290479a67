/** @file A cell of the layout grid that holds something else than a tile. What is inside takes the focus, not the cell. */
import type { CSSProperties, ReactNode } from 'react'

interface CellProps {
  /** it names what follows: a job, a kind of files */
  header?: boolean
  className?: string
  style?: CSSProperties
  children: ReactNode
}

export function Cell({ header = false, className, style, children }: CellProps) {
  return (
    <div role={header ? 'rowheader' : 'gridcell'} className={className} style={style}>
      {children}
    </div>
  )
}
