/** @file Words that both sides of a pack's loading use. */

export function tooSlow(limitMs: number): string {
  return `It did not load within ${limitMs / 1000} seconds.`
}
