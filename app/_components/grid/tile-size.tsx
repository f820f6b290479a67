'use client'
/** @file Five sizes of tiles, remembered; on a phone the steps are smaller. */
import { usePreferences, useStudio } from '../../_client/studio.tsx'

const wide = [110, 150, 200, 270, 360]
const narrow = [90, 110, 140, 180, 240]

/** The wished row height for a grid of this width. */
export function useRowHeight(width: number): number {
  const step = usePreferences((state) => state.tileSize)
  return (width < 640 ? narrow : wide)[step] ?? 200
}

export function TileSize() {
  const { preferences } = useStudio()
  const step = usePreferences((state) => state.tileSize)
  return (
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
  )
}
