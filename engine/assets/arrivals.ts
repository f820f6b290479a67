/**
 * @file Directories into which files are being put on purpose. Whoever puts one there registers it with all that is known of
 * it; a scan that came across it first would make an asset of it that has no owner and no name.
 */

export function createArrivals() {
  const byDirectory = new Map<string, Set<Promise<unknown>>>()
  return {
    /** @param work - puts a file into the directory and registers it */
    async into<T>(directory: string, work: () => Promise<T>): Promise<T> {
      const arriving = byDirectory.get(directory) ?? new Set()
      byDirectory.set(directory, arriving)
      const arrival = work()
      arriving.add(arrival)
      try {
        return await arrival
      } finally {
        arriving.delete(arrival)
        if (arriving.size === 0 && byDirectory.get(directory) === arriving) byDirectory.delete(directory)
      }
    },

    /** Resolves when those that are under way into the directory are over. */
    async settled(directory: string): Promise<void> {
      await Promise.allSettled(byDirectory.get(directory) ?? [])
    },
  }
}

export type Arrivals = ReturnType<typeof createArrivals>
