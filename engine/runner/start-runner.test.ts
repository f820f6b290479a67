import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { findProjectRoot } from '#platform/project-root'
import { findRunnerEntry } from './child-process.ts'
import type { RunnerConfig } from './config.ts'
import type { FromRunner, ToRunner } from './messages.ts'

const nowhere = join(tmpdir(), 'no-such-directory')
const config: RunnerConfig = {
  mode: 'run',
  directories: { input: nowhere, output: nowhere, temp: nowhere, customNodes: nowhere, modelRoots: [] },
  device: 'cpu',
  cacheMode: 'fit',
  cacheMaxBytes: 1e8,
  modelMaxBytes: 1e8,
  metadata: true,
}

let child: ChildProcess | null = null

afterEach(() => {
  child?.kill('SIGKILL')
})

/** A runner child without a supervisor; resolves once it has said `type`. */
function start(): { child: ChildProcess; said: (type: string) => Promise<void>; tell: (message: ToRunner) => void } {
  const root = findProjectRoot()
  const forked = fork(join(root, 'engine/runner/testing/runner-with-test-nodes.ts'), [JSON.stringify(config)], {
    serialization: 'advanced',
    execArgv: [...findRunnerEntry(root).execArgv],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  child = forked
  const said = (type: string) =>
    new Promise<void>((resolve) => {
      forked.on('message', (message: FromRunner) => {
        const name = message.type === 'message' ? message.message.type : message.type
        if (name === type) resolve()
      })
    })
  return { child: forked, said, tell: (message) => forked.send(message) }
}

function request(class_type: string): ToRunner {
  return {
    type: 'run',
    request: {
      promptId: 'p',
      job: 'job',
      prompt: { n: { class_type, inputs: {} } },
      outputsToExecute: ['n'],
      extraData: {},
      naming: 'comfy',
      outputKinds: {},
    },
  }
}

it('ends with its parent, idle or busy', async () => {
  const idle = start()
  await idle.said('ready')
  idle.child.disconnect()
  expect(await once(idle.child, 'exit')).toEqual([0, null])

  const busy = start()
  await busy.said('ready')
  busy.tell(request('TestWork'))
  await busy.said('progress')
  busy.child.disconnect()
  expect(await once(busy.child, 'exit')).toEqual([0, null])
})

it('leaves signals to the whole process group to its parent', async () => {
  const runner = start()
  await runner.said('ready')
  const pong = runner.said('pong')
  runner.child.kill('SIGINT')
  runner.child.kill('SIGTERM')
  runner.tell({ type: 'ping' })
  await pong
  runner.tell({ type: 'shutdown' })
  expect(await once(runner.child, 'exit')).toEqual([0, null])
})

it('interrupts a run that it was given a moment ago', async () => {
  const runner = start()
  await runner.said('ready')
  const interrupted = runner.said('execution_interrupted')
  runner.tell(request('TestWork'))
  runner.tell({ type: 'interrupt', promptId: 'p' })
  await interrupted
})
