/** @file Loads a piece of the page's script, again and again while the line is cut: what waits for it must not get lost. */

/** Milliseconds. */
const firstPause = 500
const longestPause = 15_000

/**
 * Never rejects.
 * @param load - an `import()`, so that the bundler makes a chunk of it
 */
export async function untilLoaded<T>(load: () => Promise<T>): Promise<T> {
  for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 2)) {
    try {
      return await load()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
}
