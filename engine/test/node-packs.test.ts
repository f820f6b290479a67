/** @file The example pack of docs/node-packs.md in a real engine, over HTTP and WebSocket, part by part. */
import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProjectRoot } from '#platform/project-root'
import { makeDirectory, startEngine, type TestEngine, type TestSocket, type WireEvent } from './harness.ts'

const root = findProjectRoot()
const example = join(root, 'docs/examples/example-pack')
let engine: TestEngine

beforeAll(async () => {
  const directory = await makeDirectory()
  await cp(example, join(directory, 'custom_nodes/example-pack'), { recursive: true })
  engine = await startEngine({ directory })
})
afterAll(() => engine.stop())

type Graph = Record<string, { class_type: string; inputs: Record<string, unknown> }>
const node = (class_type: string, inputs: Record<string, unknown> = {}) => ({ class_type, inputs })
const show = (link: [string, number]) => node('ExampleShowText', { text: link })

/** Runs a graph and gives back what its client saw. */
async function watch(prompt: Graph): Promise<{ socket: TestSocket; promptId: string; events: WireEvent[] }> {
  const socket = await engine.connect()
  const { promptId } = await engine.queue(prompt, { client_id: socket.id })
  await socket.until(({ type, data }) => type === 'executing' && data.node === null)
  socket.close()
  return { socket, promptId, events: socket.ofRun(promptId) }
}
const types = (events: readonly WireEvent[]) => events.map(({ type }) => type)
/** Ids of the nodes that ran, in order. */
const ran = (events: readonly WireEvent[]) =>
  events.filter(({ type, data }) => type === 'executing' && data.node !== null).map(({ data }) => data.node)
const textsOf = (events: readonly WireEvent[], id: string) =>
  events
    .filter(({ type, data }) => type === 'executed' && data.node === id)
    .map(({ data }) => (data.output as { text: string[] }).text)

describe('the nodes of a pack', () => {
  it('are described with everything they declare', async () => {
    const info = await engine.get('/object_info')
    expect(info.ExampleTint).toEqual({
      input: {
        required: {
          image: ['IMAGE', { tooltip: 'The pictures to tint.' }],
          colour: [['red', 'green', 'blue'], { default: 'red' }],
          strength: ['FLOAT', { default: 0.5, min: 0, max: 1, step: 0.05, display: 'slider' }],
        },
      },
      input_order: { required: ['image', 'colour', 'strength'] },
      is_input_list: false,
      output: ['IMAGE'],
      output_is_list: [false],
      output_name: ['tinted'],
      output_tooltips: ['As many pictures as came in.'],
      name: 'ExampleTint',
      display_name: 'Tint Picture',
      description: 'Mixes every picture with a colour.',
      python_module: 'custom_nodes.example-pack',
      category: 'example/pictures',
      output_node: false,
      has_intermediate_output: false,
      search_aliases: ['colour', 'wash'],
      essentials_category: 'Image Tools',
    })
    expect(info.ExampleBadge.experimental).toBe(true)
    expect(info.ExampleFail.deprecated).toBe(true)
    expect(info.ExampleWait.api_node).toBe(true)
    expect(info.ExampleInspect).toMatchObject({ dev_only: true, has_intermediate_output: true })
    expect(info.ExampleJoinTexts.is_input_list).toBe(true)
    expect(info.ExampleSplitText).toMatchObject({ output_is_list: [true], output_name: ['lines'] })
    expect(info.ExampleShout.input.optional.marks).toEqual(['INT', { default: 1, min: 0, max: 9 }])
    expect(info.ExampleNodeId.input.hidden).toEqual({
      id: 'UNIQUE_ID',
      prompt: 'PROMPT',
      extra: 'EXTRA_PNGINFO',
      graph: 'DYNPROMPT',
    })
    expect(await engine.get('/object_info/ExampleTint')).toEqual({ ExampleTint: info.ExampleTint })
  })

  it('list their choices anew at each request', async () => {
    const choices = async () =>
      (await engine.get('/object_info/ExampleReadNote')).ExampleReadNote.input.required.note[0]
    await writeFile(join(engine.input, 'first.txt'), '1')
    expect(await choices()).toEqual(['first.txt'])
    await writeFile(join(engine.input, 'second.txt'), '2')
    expect(await choices()).toEqual(['first.txt', 'second.txt'])
    const { status, body } = await engine.post('/prompt', {
      prompt: { 1: node('ExampleReadNote', { note: 'third.txt' }), 2: show(['1', 0]) },
    })
    expect(status).toBe(400)
    expect(body.node_errors['1'].errors[0]).toMatchObject({
      type: 'value_not_in_list',
      details: "note: 'third.txt' not in ['first.txt', 'second.txt']",
    })
  })

  it('work on pictures, and report progress with previews', async () => {
    const graph = JSON.parse(await readFile(join(example, 'example_workflows/tint.json'), 'utf8'))
    const { socket, events, promptId } = await watch(graph)
    const progress = events.filter(({ type, data }) => type === 'progress' && data.node === '2')
    expect(progress.map(({ data }) => [data.value, data.max])).toEqual([
      [1, 2],
      [2, 2],
    ])
    expect(socket.frames).toHaveLength(2)
    expect(await sharp(socket.frames[0]!.subarray(8)).metadata()).toMatchObject({ format: 'jpeg', width: 64 })
    const { [promptId]: entry } = await engine.get(`/history/${promptId}`)
    expect(entry.outputs['3'].images).toHaveLength(2)
    const answer = await engine.fetch(`/view?${new URLSearchParams(entry.outputs['3'].images[0])}`)
    const { channels } = await sharp(Buffer.from(await answer.arrayBuffer())).stats()
    expect(channels.map(({ mean }) => mean)).toEqual([0, 0, 127])
  })

  it('use sharp', async () => {
    const { promptId } = await watch({
      1: node('ExampleBadge', { label: 'pod' }),
      2: node('PreviewImage', { images: ['1', 0] }),
    })
    const { [promptId]: entry } = await engine.get(`/history/${promptId}`)
    const answer = await engine.fetch(`/view?${new URLSearchParams(entry.outputs['2'].images[0])}`)
    expect(await sharp(Buffer.from(await answer.arrayBuffer())).metadata()).toMatchObject({ width: 128, height: 32 })
  })

  it('give lists, run once per item, and take whole lists', async () => {
    const { events } = await watch({
      1: node('ExampleSplitText', { text: 'a\nb\nc' }),
      2: node('ExampleShout', { text: ['1', 0] }),
      3: show(['2', 0]),
      4: node('ExampleJoinTexts', { texts: ['2', 0], separator: '-' }),
      5: show(['4', 0]),
    })
    expect(textsOf(events, '3')).toEqual([['A!', 'B!', 'C!']])
    expect(textsOf(events, '5')).toEqual([['A!-B!-C!']])
  })

  it('do not run a lazy input that is not chosen', async () => {
    const { events } = await watch({
      1: node('ExampleShout', { text: 'yes' }),
      2: node('ExampleFail', { message: 'never asked for' }),
      3: node('ExampleChoose', { first: ['1', 0], second: ['2', 0], takeFirst: true }),
      4: show(['3', 0]),
    })
    expect(ran(events)).not.toContain('2')
    expect(textsOf(events, '4')).toEqual([['YES!']])
  })

  it('block what is behind them, with a message or without', async () => {
    const graph = (reason: string): Graph => ({
      1: node('ExampleGate', { value: 'x', open: false, reason }),
      2: show(['1', 0]),
    })
    const silent = await watch(graph(''))
    expect(types(silent.events)).not.toContain('execution_error')
    expect(textsOf(silent.events, '2')).toEqual([])
    const { events } = await watch(graph('closed today'))
    const error = events.find(({ type }) => type === 'execution_error')!
    expect(error.data).toMatchObject({
      exception_type: 'ExecutionBlocked',
      exception_message: expect.stringMatching(/^Execution Blocked: closed today/),
    })
    expect(types(events)).toContain('execution_success')
  })

  it('expand to a loop', async () => {
    const { events } = await watch({ 1: node('ExampleCountdown', { text: 'go', turns: 3 }), 2: show(['1', 0]) })
    expect(textsOf(events, '2')).toEqual([['GO!!!']])
    expect(ran(events).filter((id) => String(id).endsWith('.shout'))).toHaveLength(3)
    const inner = events.find(({ type, data }) => type === 'executing' && String(data.node).includes('.'))!
    expect(inner.data.display_node).toBe('1')
  })

  it('wait beside one another when they are async', async () => {
    const { events } = await watch({
      1: node('ExampleWait', { text: 'slow', seconds: 3 }),
      2: node('ExampleWait', { text: 'quick', seconds: 0.01 }),
      3: show(['1', 0]),
      4: show(['2', 0]),
    })
    const order = events.filter(({ type }) => type === 'executing' || type === 'executed').map(({ data }) => data.node)
    // Both were under way before either was shown.
    expect(order.slice(0, 2).sort()).toEqual(['1', '2'])
    expect(order.indexOf('4')).toBeLessThan(order.indexOf('3'))
  })

  it('stop waiting when the job is interrupted', async () => {
    const socket = await engine.connect()
    const { promptId } = await engine.queue(
      { 1: node('ExampleWait', { text: 'x', seconds: 600 }), 2: show(['1', 0]) },
      { client_id: socket.id },
    )
    await socket.until(({ type, data }) => type === 'executing' && data.node === '1')
    await engine.post('/interrupt', { prompt_id: promptId })
    await socket.until(({ type }) => type === 'execution_interrupted')
    expect(types((await watch({ 1: node('ExampleShout', { text: 'on' }), 2: show(['1', 0]) })).events)).toContain(
      'execution_success',
    )
  })

  it('fail with their own words', async () => {
    const { events } = await watch({ 1: node('ExampleFail', { message: 'no luck' }), 2: show(['1', 0]) })
    expect(events.find(({ type }) => type === 'execution_error')!.data).toMatchObject({
      node_id: '1',
      node_type: 'ExampleFail',
      exception_type: 'ValueError',
      exception_message: 'no luck\n',
    })
  })

  it('send texts, show them, and show what is cached again', async () => {
    const graph = { 1: node('ExampleInspect', { text: 'kept' }), 2: show(['1', 0]) }
    const { socket, events } = await watch(graph)
    const text = socket.frames.find((frame) => frame.readUInt32BE(0) === 3)!
    expect([text.toString('utf8', 8, 9), text.toString('utf8', 9)]).toEqual(['2', 'kept'])
    expect(textsOf(events, '1')).toEqual([['passing: kept']])
    const again = await watch(graph)
    expect(ran(again.events)).toEqual([])
    expect(textsOf(again.events, '1')).toEqual([['passing: kept']])
  })

  it('refuse in words what their own validation does not like', async () => {
    const { status, body } = await engine.post('/prompt', {
      prompt: { 1: node('ExampleShout', { text: ' ' }), 2: show(['1', 0]) },
    })
    expect(status).toBe(400)
    expect(body.node_errors['1'].errors).toEqual([
      {
        type: 'custom_validation_failed',
        message: 'Custom validation failed for node',
        details: 'text - There is nothing to shout.',
        extra_info: { input_name: 'text' },
      },
    ])
  })

  it('may judge the types of their links themselves', async () => {
    const prompt = (source: Graph[string]) => ({
      prompt: { 1: source, 2: node('ExampleDescribe', { value: ['1', 0] }), 3: show(['2', 0]) },
    })
    const picture = node('EmptyImage', { width: 8, height: 8, batch_size: 1, color: 0 })
    const refused = await engine.post('/prompt', prompt(picture))
    expect(refused.body.node_errors['2'].errors[0]).toMatchObject({
      type: 'custom_validation_failed',
      details: 'value - A picture has no short description.',
    })
    const { events } = await watch(prompt(node('PrimitiveInt', { value: 7 })).prompt)
    expect(textsOf(events, '3')).toEqual([['number 7']])
  })

  it('run again when their change mark differs, and only then', async () => {
    const path = join(engine.input, 'mark.txt')
    await writeFile(path, 'before')
    const graph = { 1: node('ExampleReadNote', { note: 'mark.txt' }), 2: show(['1', 0]) }
    expect(textsOf((await watch(graph)).events, '2')).toEqual([['before']])
    expect(ran((await watch(graph)).events)).toEqual([])
    await writeFile(path, 'after')
    await utimes(path, 1, 1)
    expect(textsOf((await watch(graph)).events, '2')).toEqual([['after']])
  })

  it('get hidden inputs, and are told apart by their id when they say so', async () => {
    const { events } = await watch({
      10: node('ExampleNodeId'),
      11: node('ExampleNodeId'),
      12: show(['10', 0]),
      13: show(['11', 0]),
    })
    expect(ran(events)).toEqual(expect.arrayContaining(['10', '11']))
    expect(textsOf(events, '12')).toEqual([['10 ExampleNodeId true']])
    expect(textsOf(events, '13')).toEqual([['11 ExampleNodeId true']])
  })

  it("write files into the job's folder", async () => {
    const { entry, job } = await engine.run({
      1: node('ExampleShout', { text: 'keep' }),
      2: node('ExampleSaveText', { text: ['1', 0], filename_prefix: 'mine' }),
    })
    const [file] = entry.outputs['2'].files
    expect(await (await engine.fetch(`/view?${new URLSearchParams(file)}`)).text()).toBe('KEEP!')
    expect(await readdir(join(engine.output, job, 'final'))).toEqual(['mine_00001_.txt'])
  })
})

describe('what comes with a pack', () => {
  it('is a script for the page, listed and served', async () => {
    expect(await engine.get('/extensions')).toEqual(['/extensions/example-pack/example.js'])
    const answer = await engine.fetch('/api/extensions/example-pack/example.js')
    expect(answer.headers.get('content-type')).toBe('text/javascript')
    expect(await answer.text()).toBe(await readFile(join(example, 'web/example.js'), 'utf8'))
  })

  it('is nothing outside its web directory', async () => {
    const pack = join(engine.directory, 'custom_nodes/example-pack')
    await symlink(join(pack, 'index.ts'), join(pack, 'web/link.js'))
    await symlink('/etc', join(pack, 'web/etc'))
    await writeFile(join(pack, 'web/.secret.js'), 'x')
    await mkdir(join(pack, 'web/folder.js'))
    const paths = [
      'link.js',
      'etc/passwd',
      '.secret.js',
      'folder.js',
      '..%2findex.ts',
      '%2e%2e/index.ts',
      '../index.ts',
    ]
    for (const path of [...paths, '%00', 'a%5c..%5cindex.ts', '']) {
      expect([path, (await engine.fetch(`/extensions/example-pack/${path}`)).status]).toEqual([path, 404])
    }
    for (const pack of ['..', '%2e%2e', 'nobody', '__proto__', '%2fetc']) {
      expect((await engine.fetch(`/extensions/${pack}/example.js`)).status).toBe(404)
    }
    expect(await engine.get('/extensions')).toEqual(['/extensions/example-pack/example.js'])
  })

  it('is its example workflows', async () => {
    expect(await engine.get('/workflow_templates')).toEqual({ 'example-pack': ['tint'] })
    const workflow = await engine.get('/api/workflow_templates/example-pack/tint.json')
    expect(workflow['2'].class_type).toBe('ExampleTint')
    expect((await engine.fetch('/api/workflow_templates/example-pack/..%2fpackage.json')).status).toBe(404)
  })

  it('is its translations', async () => {
    const { en, de } = await engine.get('/i18n')
    expect(en.nodeCategories.example).toBe('Example')
    expect(de).toMatchObject({
      nodeCategories: { example: 'Beispiel' },
      nodeDefs: { ExampleTint: { display_name: 'Bild tönen' } },
    })
  })

  it('is its subgraphs', async () => {
    const entries = Object.entries(await engine.get('/global_subgraphs')) as [string, object][]
    expect(entries.map(([, entry]) => entry)).toEqual([
      { source: 'custom_node', name: 'tint-twice', info: { node_pack: 'custom_nodes.example-pack' } },
    ])
    const found = await engine.get(`/global_subgraphs/${entries[0]![0]}`)
    expect(found).toMatchObject({ ...entries[0]![1] })
    expect(JSON.parse(found.data).nodes).toHaveLength(2)
    expect(await engine.get('/global_subgraphs/unknown')).toBeNull()
  })

  it('is its node replacements, listed and applied when a prompt is submitted', async () => {
    expect(await engine.get('/node_replacements')).toEqual({
      ExampleColorize: [
        {
          old_node_id: 'ExampleColorize',
          new_node_id: 'ExampleTint',
          old_widget_ids: ['color', 'amount'],
          input_mapping: [
            { new_id: 'image', old_id: 'picture' },
            { new_id: 'colour', old_id: 'color' },
            { new_id: 'strength', set_value: 1 },
          ],
          output_mapping: [{ old_idx: 1, new_idx: 0 }],
        },
      ],
    })
    const { entry } = await engine.run({
      1: node('EmptyImage', { width: 8, height: 8, batch_size: 1, color: 0 }),
      2: node('ExampleColorize', { picture: ['1', 0], color: 'green', amount: 3 }),
      3: node('SaveImage', { images: ['2', 1], filename_prefix: 'x' }),
    })
    expect(entry.status.status_str).toBe('success')
    expect(entry.prompt[2]['2']).toEqual(node('ExampleTint', { image: ['1', 0], colour: 'green', strength: 1 }))
    expect(entry.prompt[2]['3'].inputs.images).toEqual(['2', 0])
  })

  it('is its row in the list of packs', async () => {
    const { packs } = await engine.get('/internal/node_packs')
    expect(packs).toEqual([
      { name: 'example-pack', state: 'loaded', reason: null, nodes: expect.any(Array), problems: [] },
    ])
    expect(packs[0].nodes).toContain('ExampleTint')
  })
})

describe('the page about node packs', () => {
  const plain = (text: string) => text.replace(/\s+/g, ' ').trim()

  it('shows only code that the example pack holds', async () => {
    const page = await readFile(join(root, 'docs/node-packs.md'), 'utf8')
    const files = await readdir(example, { recursive: true })
    const sources = await Promise.all(
      files.filter((name) => /\.(ts|js|json)$/.test(name)).map((name) => readFile(join(example, name), 'utf8')),
    )
    const code = sources.map(plain)
    const snippets = [...page.matchAll(/^```(?:ts|js|json)\n(.*?)^```$/gms)].map((match) => match[1]!)
    expect(snippets.length).toBeGreaterThan(8)
    const unknown = snippets.filter((snippet) => !code.some((source) => source.includes(plain(snippet))))
    expect(unknown).toEqual([])
  })

  it('names every field that a node may declare', async () => {
    const page = await readFile(join(root, 'docs/node-packs.md'), 'utf8')
    const types = await readFile(join(root, 'engine/packs/node-pack.d.ts'), 'utf8')
    for (const name of ['NodeDefinition', 'InputOptions', 'NodePack', 'NodeContext', 'NodeEnvironment']) {
      const body = new RegExp(`interface ${name}\\b.*?\\{\\n(.*?)^\\}`, 'ms').exec(types)![1]!
      const fields = [...body.matchAll(/^ {2}(\w+)\??[:(]/gm)].map((match) => match[1]!)
      expect(fields.length).toBeGreaterThan(3)
      expect(fields.filter((field) => !page.includes(`\`${field}`))).toEqual([])
    }
  })

  it('is about an interface whose types the example pack satisfies', async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', example]).catch((error) => error)
    expect(stdout).toBe('')
  })
})
