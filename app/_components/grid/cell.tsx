/** @file A cell of the layout grid that holds something else than a tile. What is inside takes the focus, not the cell. */
import type { CSSProperties, ReactNode } from 'react'

export function Cell({
  className,
  style,
  children,
}: {
  className?: string
  style?: CSSProperties
  children: ReactNode
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: an absolutely placed layout grid (W3C APG), not a table
    <div role="gridcell" className={className} style={style}>
      {children}
    </div>
  )
}
