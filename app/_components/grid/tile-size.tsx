'use client'
/** @file Five sizes of tiles, remembered; on a phone two or three columns. */
import { LayoutGrid } from 'lucide-react'
import { usePreferences, useStudio } from '../../_client/studio.tsx'
import { IconButton } from '../ui/button.tsx'

const wide = [90, 120, 150, 220, 320]
/** From this step on a phone shows two columns, below three. */
const twoColumns = 2

/**
 * The wished row height for a grid of this width.
 * @param fit - rows are lower on a low screen, so that as many results are seen at once; by so little that a person would not miss it
 */
export function useRowHeight(width: number, { fit = false } = {}): number {
  const step = usePreferences((state) => state.tileSize)
  if (width >= 640) return Math.round((wide[step] ?? 150) * (fit ? Math.min(1, Math.max(0.85, innerHeight / 1040)) : 1))
  // A row is full when its pictures are this high: with shapes around 1.2 that is as many as columns.
  return Math.max(80, Math.round(width / (step >= twoColumns ? 2 : 3) / 1.2))
}

export function TileSize() {
  const { preferences } = useStudio()
  const step = usePreferences((state) => state.tileSize)
  const two = step >= twoColumns
  return (
    <>
      <label className="hidden items-center gap-2 text-sm text-muted md:flex">
        <span>Size</span>
        <input
          type="range"
          min={0}
          max={4}
          step={1}
          value={step}
          aria-valuetext={['Smallest', 'Small', 'Medium', 'Large', 'Largest'][step]}
          onChange={(event) => preferences.setState({ tileSize: Number(event.target.value) })}
          className="range max-w-24"
        />
      </label>
      <IconButton
        label={two ? 'Three columns' : 'Two columns'}
        look="secondary"
        className="md:hidden"
        onClick={() => preferences.setState({ tileSize: two ? 1 : twoColumns })}
      >
        <LayoutGrid size={two ? 20 : 16} aria-hidden />
      </IconButton>
    </>
  )
}
