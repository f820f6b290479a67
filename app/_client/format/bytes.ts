/** @file Sizes for people: one formatter everywhere, the browser's own. */

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const

/** `1.2 GB`; decimal units as on a disk's label. */
export function formatBytes(bytes: number): string {
  const size = Math.max(0, bytes)
  const power = size < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3))
  const value = size / 1000 ** power
  return value.toLocaleString(undefined, {
    style: 'unit',
    unit: units[power]!,
    unitDisplay: 'short',
    maximumFractionDigits: power === 0 || value >= 100 ? 0 : 1,
  })
}

/** `1.2 MB/s` */
export const formatSpeed = (bytesPerSecond: number) => `${formatBytes(bytesPerSecond)}/s`
