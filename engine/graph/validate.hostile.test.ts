import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createNodeRegistry } from '../nodes/registry.ts'
import { createGraphEngine, emptyEnvironment } from './testing/graph-engine.ts'
import { createTestNodes } from './testing/test-nodes.ts'
import { validatePrompt } from './validate.ts'

const nodes = createTestNodes({ calls: [], marks: new Map(), gates: new Map() }).filter(
  ({ classType }) => classType !== 'TestWait' && classType !== 'TestExpandForever',
)
const registry = createNodeRegistry(nodes)

const id = fc.constantFrom('1', '2', '3', '__proto__', 'constructor', '')
const value = fc.oneof(
  fc.tuple(id, fc.integer({ min: -1, max: 2 })),
  fc.integer({ min: -5, max: 5 }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.record({ __value__: fc.jsonValue({ maxDepth: 2 }) }),
)
const inputNames = [...new Set(nodes.flatMap((node) => Object.keys(node.inputs))), '__proto__', 'other']
const graph = fc.dictionary(
  id,
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({
        class_type: fc.constantFrom(...nodes.map((node) => node.classType)),
        inputs: fc.dictionary(fc.constantFrom(...inputNames), value),
      }),
    },
    { weight: 1, arbitrary: fc.jsonValue() },
  ),
)

it('answers every prompt, and what it accepts is JSON that is accepted again unchanged', async () => {
  await fc.assert(
    fc.asyncProperty(graph, async (prompt) => {
      const result = await validatePrompt({ prompt, registry, environment: emptyEnvironment })
      if (!result.ok) return
      const again = await validatePrompt({
        prompt: JSON.parse(JSON.stringify(result.prompt)),
        registry,
        environment: emptyEnvironment,
      })
      // JSON reads -0 and writes 0.
      expect(JSON.stringify(again)).toBe(JSON.stringify(result))
    }),
    { numRuns: 1000 },
  )
})

it('accepts only prompts that the executor ends in one of the three ways', async () => {
  await fc.assert(
    fc.asyncProperty(graph, async (prompt) => {
      const result = await validatePrompt({ prompt, registry, environment: emptyEnvironment })
      if (!result.ok) return
      const run = await createGraphEngine().run(result.prompt, { targets: result.outputsToExecute })
      expect(['success', 'error']).toContain(run.outcome.status)
      expect(run.order.at(-1)).toBe(run.outcome.status === 'success' ? 'execution_success' : 'execution_error')
    }),
    { numRuns: 300 },
  )
})
