/** @file An engine somebody else runs (`ENGINE_URL`): it is asked every few seconds whether it is there. */

import { StudioError } from '../http/errors.ts'
import type { EngineAddress } from '../proxy/engine-target.ts'
import { createLinkState, type EngineLink, whyNot } from './engine-link.ts'
import { foreignLog } from './foreign-log.ts'
import { probeEngine } from './probe.ts'

/** @param interval - milliseconds between questions */
export function createExistingEngine({
  address,
  now,
  interval = 3000,
}: {
  address: EngineAddress
  now: () => number
  interval?: number
}): EngineLink {
  const link = createLinkState(now)
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  async function ask(): Promise<void> {
    const failure = await probeEngine(address, 10_000)
    if (stopped) return
    link.set(failure === null ? { state: 'ready', detail: null } : { state: 'down', detail: failure })
    timer = setTimeout(() => void ask(), interval)
    timer.unref()
  }

  return {
    external: true,
    start: () => void ask(),
    state: link.get,
    onChange: link.onChange,
    address: () => (link.get().state === 'ready' ? address : null),
    whyNot: () => whyNot(link.get()),
    log: (after, limit) => foreignLog(link.get().state === 'ready' ? address : null, after, limit, now() / 1000),
    restart() {
      throw new StudioError(
        'conflict',
        'This engine was not started by the studio (ENGINE_URL): restart it where it runs',
      )
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
