/**
 * @file The packs of an engine: which there are, what each gave, what was left out and why. Packs may not take the names
 * of the engine's own nodes or of one another. The one list that an administrator sees.
 */
import type { AnyNode } from '../nodes/define.ts'
import { fromDeclaration, type NodeDeclaration } from './declaration.ts'
import type { FoundPack, findPacks } from './find-packs.ts'
import type { PackHost } from './pack-host.ts'
import type { NodeReplacement } from './replacements.ts'

/** A pack for the runner, which loads its code again. */
export interface RunnerPack extends FoundPack {
  /** The classes it may register. */
  nodes: string[]
}

/** A row of `/internal/node_packs`. */
export interface PackReport {
  name: string
  state: 'loaded' | 'failed' | 'switched off'
  /** Why it failed. */
  reason: string | null
  nodes: string[]
  /** What was left out of a pack that loaded. */
  problems: string[]
}

/** A pack that loaded. */
export interface LoadedPackFiles {
  name: string
  directory: string | null
  webDirectory: string | null
}

export interface PackLibrary {
  nodes: AnyNode[]
  replacements: NodeReplacement[]
  packs: readonly LoadedPackFiles[]
  runnerPacks: RunnerPack[]
  report(): PackReport[]
  /** Notes that a pack which had loaded here failed in the runner: its nodes are known and cannot run. */
  failedInRunner(name: string, reason: string): void
}

export interface LibraryOptions {
  candidates: Awaited<ReturnType<typeof findPacks>>
  host: PackHost
  /** The engine's own nodes. */
  builtins: readonly AnyNode[]
  log: (level: 'info' | 'warn' | 'error', message: string) => void
}

export function createPackLibrary({ candidates, host, builtins, log }: LibraryOptions): PackLibrary {
  const reports = new Map<string, PackReport>()
  const owners = new Map(builtins.map((node) => [node.classType, 'the engine']))
  const library = {
    nodes: [] as AnyNode[],
    replacements: [] as NodeReplacement[],
    packs: [] as LoadedPackFiles[],
    runnerPacks: [] as RunnerPack[],
  }
  const fail = (name: string, reason: string) => {
    log('error', `node pack ${name} failed to load: ${reason}`)
    reports.set(name, { name, state: 'failed', reason, nodes: [], problems: [] })
  }

  for (const { name, problem } of candidates.unusable) fail(name, problem)
  for (const found of candidates.found) {
    const outcome = host.outcomes.get(found.name)
    if (!outcome?.ok) {
      fail(found.name, outcome?.reason ?? 'It was not loaded.')
      continue
    }
    const { pack } = outcome
    const problems = [...pack.problems]
    const taken: NodeDeclaration[] = []
    for (const node of pack.nodes) {
      const owner = owners.get(node.classType)
      if (owner === undefined) taken.push(node)
      else problems.push(`node ${node.classType}: the name belongs to ${owner}`)
    }
    for (const node of taken) owners.set(node.classType, `the pack ${found.name}`)
    const nodes = taken.map((node) => node.classType)
    library.nodes.push(...taken.map((node) => fromDeclaration(node, host.call)))
    library.replacements.push(...pack.replacements)
    library.packs.push({ name: found.name, directory: found.directory, webDirectory: pack.webDirectory })
    library.runnerPacks.push({ ...found, nodes })
    for (const problem of problems) log('warn', `node pack ${found.name}: ${problem}`)
    log('info', `node pack ${found.name}: ${nodes.length === 1 ? '1 node' : `${nodes.length} nodes`}`)
    reports.set(found.name, { name: found.name, state: 'loaded', reason: null, nodes, problems })
  }
  for (const name of candidates.switchedOff) {
    if (!reports.has(name)) reports.set(name, { name, state: 'switched off', reason: null, nodes: [], problems: [] })
  }

  return {
    ...library,
    report: () => [...reports.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    failedInRunner(name, reason) {
      const known = reports.get(name)
      log('error', `node pack ${name} failed to load in the runner: ${reason}`)
      if (known) reports.set(name, { ...known, state: 'failed', reason: `In the runner: ${reason}` })
    },
  }
}
