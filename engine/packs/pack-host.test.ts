/** @file The process that holds packs, for real: what loads, what does not, and what its functions do to it. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findProjectRoot } from '#platform/project-root'
import { findPackHostEntry } from '../runner/child-process.ts'
import { findPacks } from './find-packs.ts'
import { type PackHost, type PackHostTimes, startPackHost } from './pack-host.ts'
import { makePackDirectory, type PackDirectory, packOf } from './testing/pack-directory.ts'

const entry = findPackHostEntry(findProjectRoot(), true)
/** For one pack, milliseconds: also the first TypeScript of a process, which starts the compiler. */
const load = 8000
const tooSlow = `It did not load within ${load / 1000} seconds.`
let packs: PackDirectory
let host: PackHost | null = null
let logged: string[]

beforeEach(async () => {
  packs = await makePackDirectory()
  logged = []
})
afterEach(async () => {
  vi.useRealTimers()
  await host?.close()
  host = null
  await packs.remove()
})

interface Change {
  /** Arguments for node, before its own. */
  execArgv?: readonly string[]
  onLog?: (message: string) => void
}

async function start(
  files: Record<string, string>,
  times: Partial<PackHostTimes> = {},
  { execArgv = [], onLog }: Change = {},
): Promise<PackHost> {
  await packs.write(files)
  host = await startPackHost({
    entry: { ...entry, execArgv: [...execArgv, ...entry.execArgv] },
    environment: { ...process.env, STUDIO_API_KEY: 'secret', HF_TOKEN: 'secret' },
    packs: (await findPacks(packs.path, null)).found,
    directories: {
      input: join(packs.path, 'input'),
      output: packs.path,
      temp: packs.path,
      modelRoots: [],
      customNodes: packs.path,
    },
    log: (_, message) => {
      logged.push(message)
      onLog?.(message)
    },
    times: { load, call: 3000, pong: 2000, ...times },
  })
  return host
}

function stateOf(name: string): string {
  const outcome = host?.outcomes.get(name)
  if (outcome === undefined) return 'unknown'
  if (!outcome.ok) return outcome.reason
  return `${outcome.pack.nodes.map(({ classType }) => classType)} ${outcome.pack.problems.join('; ')}`.trim()
}

const choices = (classType: string) => host!.call({ hook: 'choices', classType, input: 'a' })
const check = (classType: string) => host!.call({ hook: 'validate', classType, inputs: { a: 1 }, inputTypes: {} })
const combo = (body: string) => `inputs: { a: input.combo(${body}) }`
const validate = (body: string) => `validate: { names: 'all', check: ${body} }`

describe('packs', () => {
  it('are TypeScript or JavaScript of either module system, with files and packages of their own', async () => {
    await start({
      'typed/index.ts': `import { name } from './lib/name.js'
        import dep from 'dep'
        import facts from './facts.json'
        enum Kind { Node = 'Node' }
        export default async (api: { defineNode(node: object): object }) =>
          [api.defineNode({ classType: name + dep + facts.end + Kind.Node, category: '', inputs: {}, outputs: [], execute: () => [] })]`,
      'typed/lib/name.ts': `export const name: string = 'Typed'`,
      'typed/facts.json': '{"end":"Json"}',
      'typed/node_modules/dep/index.js': `module.exports = 'Dep'`,
      'modern.mjs': packOf('Modern'),
      'plain/index.js': packOf('Plain'),
      'common.cjs': packOf('Common').replace('export default', 'module.exports ='),
    })
    expect(['typed', 'modern', 'plain', 'common'].map(stateOf)).toEqual([
      'TypedDepJsonNode',
      'Modern',
      'Plain',
      'Common',
    ])
  })

  it('fail one by one, each with its reason, and the others load', async () => {
    await start(
      {
        'a-syntax/index.ts': 'export default ( =>',
        'b-throws.mjs': `throw new Error('not today')`,
        'c-exits.mjs': 'process.exit(3)',
        'd-loops.mjs': 'for (;;) {}',
        'e-waits.mjs': 'await new Promise(() => {}); export default () => []',
        'f-crashes.mjs': 'process.abort()',
        'g-nothing.mjs': 'export const nodes = []',
        'h-wrong.mjs': 'export default () => 7',
        'i-rejects.mjs': `Promise.reject(new Error('nobody waits')); await new Promise((done) => setTimeout(done, 500)); export default () => []`,
        'j-later.mjs': `export default () => new Promise(() => {})`,
        'k-function.mjs': `export default () => { throw 'a text' }`,
        'l-missing.mjs': `import 'a-package-that-is-not-there'`,
        'z-good.mjs': packOf('Good'),
      },
      { loadAll: 100_000 },
    )
    expect(stateOf('a-syntax')).toMatch(/Transform failed|Unexpected|Expected/)
    expect(stateOf('b-throws')).toBe('not today')
    expect(stateOf('c-exits')).toMatch(/^Its process stopped by itself \(exit code 3\)/)
    expect(stateOf('d-loops')).toBe(tooSlow)
    expect(stateOf('e-waits')).toBe(tooSlow)
    expect(stateOf('f-crashes')).toMatch(/^Its process crashed in native code \(SIGABRT\)/)
    expect(stateOf('g-nothing')).toBe('Its default export is no function.')
    expect(stateOf('h-wrong')).toMatch(/^The pack gave back no list of nodes/)
    expect(stateOf('i-rejects')).toBe('nobody waits')
    expect(stateOf('j-later')).toBe(tooSlow)
    expect(stateOf('k-function')).toBe('a text')
    expect(stateOf('l-missing')).toMatch(/Cannot find package/)
    expect(stateOf('z-good')).toBe('Good')
  })

  it('are given up when all of them together take too long', async () => {
    const slow = 'for (;;) {}'
    await start(
      { 'a.mjs': packOf('A'), 'b.mjs': slow, 'c.mjs': slow, 'd.mjs': packOf('D') },
      { loadAll: 12_000, load: 11_000 },
    )
    expect(stateOf('a')).toBe('A')
    expect(stateOf('b')).toBe('The time for all packs was up.')
    expect(stateOf('c')).toBe('The time for all packs, 12 seconds, was up.')
    expect(stateOf('d')).toBe('The time for all packs, 12 seconds, was up.')
  })

  it('that loaded stay when the time for all is up before another process has come to the first', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const mark = join(packs.path, 'mark')
    // The process after the one that leaves the mark never comes to a pack.
    const hold = `import { existsSync, rmSync } from 'node:fs'
      if (existsSync('${mark}')) {
        rmSync('${mark}')
        console.log('held')
        await new Promise(() => setInterval(() => {}, 1000))
      }`
    await start(
      {
        'a.mjs': packOf('A', validate('() => true')),
        'b.mjs': `import { writeFileSync } from 'node:fs'
          writeFileSync('${mark}', '')
          process.exit(3)`,
        'c.mjs': packOf('C'),
      },
      { loadAll: 5000 },
      {
        execArgv: ['--import', `data:text/javascript,${encodeURIComponent(hold)}`],
        onLog: (message) => message === 'packs: held' && vi.advanceTimersByTime(5000),
      },
    )
    expect(stateOf('a')).toBe('A')
    expect(stateOf('b')).toMatch(/^Its process stopped by itself \(exit code 3\)/)
    expect(stateOf('c')).toBe('The time for all packs, 5 seconds, was up.')
    expect(await check('A')).toBe(true)
  })

  it('see no key and no token of the engine', async () => {
    await start({ 'a.mjs': packOf('A', validate(`() => Object.keys(process.env).join()`)) })
    expect(await check('A')).not.toMatch(/KEY|TOKEN/)
  })
})

describe('what a pack declares', () => {
  it('is taken node by node: a wrong one is left out with a reason', async () => {
    await start({
      'a.mjs': `export default ({ defineNode, input }) => {
        const node = (change) => ({ classType: 'X', category: '', inputs: {}, outputs: [], execute: () => [], ...change })
        const circle = {}
        circle.circle = circle
        return { nodes: [
          node({ classType: 'Good' }),
          node({ classType: 'Good' }),
          node({ classType: 'NoExecute', execute: 'later' }),
          node({ classType: 'NoOutputs', outputs: 'IMAGE' }),
          node({ classType: 'Circle', inputs: { a: input.int(circle) } }),
          node({ classType: 'Hidden', hidden: { a: 'PASSWORD' } }),
          node({ classType: '' }),
          null,
          { get classType() { throw new Error('go away') } },
          node({ classType: 'Bounds', inputs: { a: input.float({ min: -Infinity, max: NaN, default: 1 }) } }),
        ], webDirectory: '../..', replacements: [{ oldNodeId: 'A' }, { oldNodeId: 'A', newNodeId: 'B' }] }
      }`,
    })
    const outcome = host!.outcomes.get('a')
    if (!outcome?.ok) throw new Error(stateOf('a'))
    expect(outcome.pack.nodes.map(({ classType }) => classType)).toEqual(['Good', 'Bounds'])
    expect(outcome.pack.nodes[1]!.inputs.a!.options).toEqual({ default: 1 })
    expect(outcome.pack.replacements).toEqual([{ oldNodeId: 'A', newNodeId: 'B' }])
    expect(outcome.pack.webDirectory).toBeNull()
    expect(outcome.pack.problems.map((problem) => problem.split(':')[0])).toEqual([
      'node Good',
      'node NoExecute',
      'node NoOutputs',
      'node Circle',
      'node Hidden',
      'node number 7',
      'node number 8',
      'node number 9',
      'replacement number 1',
      'webDirectory',
    ])
  })
})

describe('a function of a node', () => {
  it('is called, and what it throws is thrown', async () => {
    await start({
      'a.mjs': packOf('Ok', `${combo(`async () => ['x', 'y']`)}, ${validate(`({ a }) => a === 1 || 'no'`)}`),
      'b.mjs': packOf('Bad', `${combo('() => 5')}, ${validate(`() => { throw new TypeError('odd') }`)}`),
      'c.mjs': `export default ({ defineNode, NodeError }) => [defineNode({ classType: 'Node', category: '', inputs: {}, outputs: [],
        execute: () => [], ${validate(`() => { throw new NodeError('gone', 'FileNotFoundError') }`)} })]`,
    })
    expect(await choices('Ok')).toEqual(['x', 'y'])
    expect(await check('Ok')).toBe(true)
    await expect(choices('Bad')).rejects.toMatchObject({ exceptionType: 'TypeError' })
    await expect(check('Bad')).rejects.toMatchObject({ exceptionType: 'TypeError', message: 'odd' })
    await expect(check('Node')).rejects.toMatchObject({ exceptionType: 'FileNotFoundError', message: 'gone' })
  })

  it('that never answers is late, alone, and its process lives', async () => {
    await start({
      'a.mjs': packOf('Slow', combo('() => new Promise(() => {})')),
      'b.mjs': packOf('Pid', validate('() => String(process.pid)')),
    })
    const before = await check('Pid')
    await expect(choices('Slow')).rejects.toMatchObject({
      exceptionType: 'TimeoutError',
      message: 'The list of choices for a did not answer within 3 seconds',
    })
    expect(await check('Pid')).toBe(before)
  })

  it('that holds the thread costs its process, and the calls beside it are answered all the same', async () => {
    await start({
      'a.mjs': packOf('Loop', combo('() => { for (;;) {} }')),
      'b.mjs': packOf('Other', `${combo(`() => ['x']`)}, ${validate('() => String(process.pid)')}`),
    })
    const before = await check('Other')
    const [loop, ...others] = await Promise.allSettled([
      choices('Loop'),
      choices('Other'),
      choices('Other'),
      choices('Other'),
    ])
    expect(loop).toMatchObject({ status: 'rejected', reason: { exceptionType: 'TimeoutError' } })
    expect(others.map((other) => other.status === 'fulfilled' && other.value)).toEqual([['x'], ['x'], ['x']])
    expect(await check('Other')).not.toBe(before)
  })

  it('that was late is not called again for a while', async () => {
    await start({ 'a.mjs': packOf('Loop', combo('() => { for (;;) {} }')) }, { rest: 60_000 })
    await expect(choices('Loop')).rejects.toThrow('did not answer')
    const lines = logged.length
    await expect(choices('Loop')).rejects.toThrow('did not answer')
    // No process was ended for it.
    expect(logged.length).toBe(lines)
  })

  it('that ends its process is refused, and the calls beside it are answered all the same', async () => {
    await start({
      'a.mjs': packOf('Exit', validate('() => process.exit(1)')),
      'b.mjs': packOf('Later', validate('() => new Promise((done) => setTimeout(() => done(true), 300))')),
    })
    const [exit, later] = await Promise.allSettled([check('Exit'), check('Later')])
    expect(exit).toMatchObject({ reason: { message: 'The validation of Exit ended its process' } })
    expect(later).toMatchObject({ value: true })
  })

  it('of a pack that left something running which throws later is still there', async () => {
    await start({
      'a.mjs': `${packOf('A', validate('() => new Promise((done) => setTimeout(() => done(true), 300))'))}
        setTimeout(() => { throw new Error('late') }, 100)`,
    })
    expect(await check('A')).toBe(true)
  })
})
