/**
 * @file The runner process: composition root. Executes graphs for the engine that forked it, one at a time, so that a
 * native crash, a lack of memory or a hard stop ends one job and nothing else.
 */
import { createModelStore } from '../models/create-store.ts'
import { builtinNodes } from '../nodes/index.ts'
import { readRunnerConfig } from './config.ts'
import { loadPackNodes } from './load-pack-nodes.ts'
import { modelBudget } from './model-budget.ts'
import { probeHere } from './probe-session.ts'
import { startRunner } from './start-runner.ts'

const config = readRunnerConfig(process.argv, process.env)
if (config.mode === 'probe') {
  const result = await probeHere(config.device)
  process.send?.(result, () => process.exit(0))
} else {
  const packNodes = await loadPackNodes(config.packs ?? [], (message) => process.send?.(message))
  const budget = await modelBudget(config, process.env)
  startRunner({
    config,
    nodes: [...builtinNodes, ...packNodes],
    createModels: (options) => createModelStore({ device: config.device, ...budget, ...options }),
  })
}
