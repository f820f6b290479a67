/** @file Sizes for people: one formatter everywhere, the browser's own. */

/** Made once: a formatter costs a hundred times what it formats. */
const formats = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'].map(
  (unit) =>
    new Intl.NumberFormat(undefined, {
      ...{ style: 'unit', unit, maximumFractionDigits: 1 },
      // The short form of this one has no plural: "0 byte".
      unitDisplay: unit === 'byte' ? 'long' : 'short',
    }),
)

/** `1.2 GB`; decimal units as on a disk's label. */
export function formatBytes(bytes: number): string {
  const size = Math.max(0, bytes)
  const power = size < 1000 ? 0 : Math.min(formats.length - 1, Math.floor(Math.log10(size) / 3))
  const value = size / 1000 ** power
  return formats[power]!.format(power === 0 || value >= 100 ? Math.round(value) : value)
}

/** `1.2 MB/s` */
export const formatSpeed = (bytesPerSecond: number) => `${formatBytes(bytesPerSecond)}/s`
