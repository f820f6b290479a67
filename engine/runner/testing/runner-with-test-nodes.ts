/** @file A runner child for tests: the real one with the test nodes, and nodes that hang, crash and write files. */
import { writeFile } from 'node:fs/promises'
import { createTestNodes } from '../../graph/testing/test-nodes.ts'
import { type AnyNode, defineNode, input } from '../../nodes/define.ts'
import { readRunnerConfig } from '../config.ts'
import { startRunner } from '../start-runner.ts'

const nodes: AnyNode[] = [
  defineNode({
    classType: 'TestHang',
    category: 'test',
    inputs: {},
    outputs: [],
    isOutputNode: true,
    execute: async () => {
      // Blocks the thread as a model's run does: no message gets in.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      return []
    },
  }),
  defineNode({
    classType: 'TestWork',
    category: 'test',
    inputs: {},
    outputs: [],
    isOutputNode: true,
    execute: async (_, context) => {
      for (let step = 1; ; step += 1) await context.progress(step, 1_000_000)
    },
  }),
  defineNode({
    classType: 'TestDie',
    category: 'test',
    inputs: { how: input.combo(['kill', 'abort', 'exit', 'heap']) },
    outputs: [],
    isOutputNode: true,
    execute: async ({ how }) => {
      if (how === 'kill') process.kill(process.pid, 'SIGKILL')
      if (how === 'abort') process.abort()
      if (how === 'heap') {
        process.stderr.write('FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n')
        await new Promise((resolve) => setImmediate(resolve))
        process.abort()
      }
      process.exit(3)
    },
  }),
  defineNode({
    classType: 'TestSave',
    category: 'test',
    inputs: { text: input.string() },
    outputs: [],
    isOutputNode: true,
    execute: async ({ text }, context) => {
      const file = await context.outputs.write({
        prefix: 'note',
        extension: 'txt',
        destination: 'output',
        batchIndex: 0,
        width: 1,
        height: 1,
        write: (path) => writeFile(path, text),
      })
      return { ui: { files: [file] } }
    },
  }),
  defineNode({
    classType: 'TestPreview',
    category: 'test',
    inputs: {},
    outputs: [],
    isOutputNode: true,
    execute: async (_, context) => {
      await context.progress(1, 2, { format: 'jpeg', bytes: Uint8Array.of(1, 2, 3) })
      context.sendText('hello')
      return { ui: { secrets: [Object.keys(process.env).filter((name) => /KEY|TOKEN/.test(name))] } }
    },
  }),
]

const config = readRunnerConfig(process.argv, process.env)
if (process.env.CUDA_TEST_CRASH_AT_START) throw new Error('no libraries found')
if (config.mode === 'run') {
  startRunner({
    config,
    nodes: [...createTestNodes({ calls: [], marks: new Map(), gates: new Map() }), ...nodes],
    createModels: () => ({
      device: config.device,
      open: async (path) => {
        throw new Error(`no model ${path}`)
      },
      list: () => [],
      network: () => {
        throw new Error('no models in this test')
      },
      clipTokenizer: async () => {
        throw new Error('no models in this test')
      },
      interruptWith: () => undefined,
      unloadAll: async () => undefined,
    }),
  })
}
