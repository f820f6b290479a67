/** @file Sizes for people: one formatter everywhere. */
import prettyBytes from 'pretty-bytes'

/** `1.2 GB`; three significant digits, decimal units as on a disk's label. */
export const formatBytes = (bytes: number) =>
  prettyBytes(Math.max(0, bytes), { maximumFractionDigits: bytes >= 100e6 && bytes < 1e9 ? 0 : 1 })

/** `1.2 MB/s` */
export const formatSpeed = (bytesPerSecond: number) => `${formatBytes(bytesPerSecond)}/s`
