/**
 * @file Parts of pages that are loaded when they are first needed. A part whose script does not come through is asked for again
 * until it does: the page around it, and the uploads it carries, must not break for it.
 */
import { type ComponentType, lazy, type ReactNode, Suspense } from 'react'
import { untilLoaded } from '../../_client/until-loaded.ts'

/**
 * @param load - an `import()`, so that the bundler makes a chunk of it
 * @param loading - what stands there meanwhile
 */
export function part<Props extends object>(load: () => Promise<ComponentType<Props>>, loading: ReactNode = null) {
  const Loaded = lazy(async () => ({ default: await untilLoaded(load) }))
  // biome-ignore lint/correctness/noComponentHookFactories: called once a module, as React's own lazy() is
  return function Part(props: Props) {
    return (
      <Suspense fallback={loading}>
        <Loaded {...props} />
      </Suspense>
    )
  }
}
