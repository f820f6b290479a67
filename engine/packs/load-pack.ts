/**
 * @file Runs a pack's code: imports its entry, calls what it exports, reads what comes back. For the processes that may
 * die of it (`host-main.ts`, the runner); the engine itself never does this.
 */
import { pathToFileURL } from 'node:url'
import type { FoundPack } from './find-packs.ts'
import { tooSlow } from './load-pack-words.ts'
import { createPackInterface } from './pack-interface.ts'
import { type LoadedPack, readContents } from './read-contents.ts'

/**
 * Lets this process import TypeScript, and JavaScript of either module system whatever package.json says. Once per
 * process. Node's own type stripping begins with Node 22 (docs/decisions/010).
 */
export async function prepareImports(): Promise<void> {
  const [{ register }, { register: registerCommonJs }] = await Promise.all([
    import('tsx/esm/api'),
    import('tsx/cjs/api'),
  ])
  registerCommonJs()
  // A tsconfig.json that happens to lie in the working directory is not the pack's.
  register({ tsconfig: false })
}

/**
 * @param limitMs - for the whole of it. Code that never gives the thread back is the parent's to end.
 * @throws Error in words; whatever the pack's code throws
 */
export async function loadPack(pack: FoundPack, limitMs: number): Promise<LoadedPack> {
  let timer: NodeJS.Timeout | undefined
  let onFault: (error: unknown) => void = () => undefined
  const late = new Promise<never>((_, reject) => {
    onFault = reject
    timer = setTimeout(() => reject(new Error(tooSlow(limitMs))), limitMs)
  })
  // What the pack's code throws beside its import, such as a promise that nobody waits for.
  process.on('uncaughtException', onFault)
  process.on('unhandledRejection', onFault)
  try {
    return await Promise.race([load(pack), late])
  } finally {
    clearTimeout(timer)
    process.off('uncaughtException', onFault)
    process.off('unhandledRejection', onFault)
  }
}

async function load(pack: FoundPack): Promise<LoadedPack> {
  const module = (await import(pathToFileURL(pack.entry).href)) as { default?: unknown }
  const entry = exportedFunction(module)
  if (entry === null) throw new Error('Its default export is no function.')
  return readContents(await entry(createPackInterface()), pack)
}

/** The default export, also of a CommonJS module that was made from one with a default export. */
function exportedFunction(module: { default?: unknown }): ((api: unknown) => unknown) | null {
  const inner = (module.default as { default?: unknown } | null | undefined)?.default
  const entry = typeof module.default === 'function' ? module.default : inner
  return typeof entry === 'function' ? (entry as (api: unknown) => unknown) : null
}
