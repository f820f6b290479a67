/** @file Loads the code of node packs into the runner, before it takes any work, and tells the engine how it goes. */
import type { AnyNode } from '../nodes/define.ts'
import { loadPack, prepareImports } from '../packs/load-pack.ts'
import type { RunnerPack } from '../packs/pack-library.ts'
import type { FromRunner } from './messages.ts'

/** For each pack, milliseconds; the supervisor ends what holds the thread a little later. */
const loadLimit = 10_000

/** @returns the nodes of all packs that loaded. @throws never */
export async function loadPackNodes(
  packs: readonly RunnerPack[],
  tell: (message: FromRunner) => void,
): Promise<AnyNode[]> {
  if (packs.length === 0) return []
  const onDisconnect = () => process.exit(0)
  process.on('disconnect', onDisconnect)
  await prepareImports()
  const nodes: AnyNode[] = []
  for (const pack of packs) {
    tell({ type: 'pack', name: pack.name, state: 'loading' })
    try {
      const loaded = await loadPack(pack, loadLimit)
      nodes.push(...loaded.nodes.filter(({ classType }) => pack.nodes.includes(classType)))
      tell({ type: 'pack', name: pack.name, state: 'loaded' })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      tell({ type: 'pack', name: pack.name, state: 'failed', reason })
    }
  }
  process.off('disconnect', onDisconnect)
  return nodes
}
