/** @file The one number a modification time is in listings and in `?v=`: Unix seconds with a fraction. */

/** The same value that the listing shows, which comes from the floating-point milliseconds of `fs.Stats`. */
export function modifiedOfNanoseconds(nanoseconds: bigint): number {
  return (Number(nanoseconds / 1_000_000_000n) * 1000 + Number(nanoseconds % 1_000_000_000n) / 1e6) / 1000
}
