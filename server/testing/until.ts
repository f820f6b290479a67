/** @file Waits for a condition in tests, in place of sleeping. */

/** Milliseconds that a test waits for what the disk, another process or the network does; also for `vi.waitFor`. */
export const patience = 20_000

/**
 * Resolves with the first truthy value of `read`.
 * @throws when there is none within `limit` milliseconds
 */
export async function until<T>(
  read: () => T | Promise<T>,
  what: string,
  limit = patience,
): Promise<Exclude<T, null | undefined | false | 0 | ''>> {
  const end = Date.now() + limit
  for (;;) {
    const value = await read()
    if (value) return value as Exclude<T, null | undefined | false | 0 | ''>
    if (Date.now() > end) throw new Error(`waited ${limit} ms for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
