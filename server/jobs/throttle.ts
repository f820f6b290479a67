/**
 * @file "At most once per interval and key": the first poke acts at once, further ones within the interval become one at
 * its end.
 */

export interface Throttle {
  poke(key: string): void
  /** Forgets what is pending for a key. */
  cancel(key: string): void
  close(): void
}

/** @param interval - milliseconds between two calls of `act` with the same key */
export function createThrottle(interval: number, act: (key: string) => void): Throttle {
  const waiting = new Map<string, { timer: NodeJS.Timeout; again: boolean }>()

  function begin(key: string): void {
    const timer = setTimeout(() => {
      const again = waiting.get(key)?.again
      waiting.delete(key)
      if (again) poke(key)
    }, interval)
    timer.unref()
    waiting.set(key, { timer, again: false })
  }

  function poke(key: string): void {
    const entry = waiting.get(key)
    if (entry) {
      entry.again = true
      return
    }
    begin(key)
    act(key)
  }

  function cancel(key: string): void {
    clearTimeout(waiting.get(key)?.timer)
    waiting.delete(key)
  }

  return {
    poke,
    cancel,
    close() {
      for (const key of [...waiting.keys()]) cancel(key)
    },
  }
}
