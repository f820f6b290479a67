/**
 * @file Random graphs, half of them nonsense, against the real engine: it answers each, keeps running, and every prompt that it
 * accepted ends in the history with a status.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { savePicture } from './graphs.ts'
import { startEngine, type TestEngine } from './harness.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine.stop())

const id = fc.integer({ min: 1, max: 6 }).map(String)
/** Stands for an earlier node until the graph is put together. */
class Earlier {
  readonly pick: number
  constructor(pick: number) {
    this.pick = pick
  }
}
const link = fc.oneof(
  { weight: 9, arbitrary: fc.nat(5).map((pick) => new Earlier(pick)) },
  { weight: 1, arbitrary: fc.tuple(id, fc.integer({ min: 0, max: 2 })) },
)
const junk = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(null, '', '5.0', -1, 1e9, 0.5, true, '../../etc/passwd', '\u0000', [], {}) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(['1'], ['1', 0, 0], ['nobody', 0], ['1', -1], ['1', 99], [1, 0], ['1', '0']),
  },
)
/** Mostly what the node takes, now and then anything. */
const or = (fitting: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 40, arbitrary: fitting }, { weight: 1, arbitrary: junk })
const size = fc.constantFrom(1, 2, 7, 64)
const image = or(link)

/** Nothing is missing, as a rule. */
const complete = (inputs: Record<string, fc.Arbitrary<unknown>>) =>
  fc.oneof(
    { weight: 19, arbitrary: fc.record(inputs) },
    { weight: 1, arbitrary: fc.record(inputs, { requiredKeys: [] }) },
  )

const classes: { class_type: string; inputs: Record<string, fc.Arbitrary<unknown>> }[] = [
  {
    class_type: 'EmptyImage',
    inputs: { width: or(size), height: or(size), batch_size: or(fc.constantFrom(1, 3)), color: or(fc.nat(0xffffff)) },
  },
  { class_type: 'ImageInvert', inputs: { image } },
  {
    class_type: 'ImageScale',
    inputs: {
      image,
      upscale_method: or(fc.constantFrom('bilinear', 'area', 'nonsense')),
      width: or(size),
      height: or(size),
      crop: or(fc.constantFrom('disabled', 'center')),
    },
  },
  { class_type: 'ImageBatch', inputs: { image1: image, image2: image } },
  { class_type: 'ImageFromBatch', inputs: { image, batch_index: or(fc.nat(5)), length: or(fc.nat(5)) } },
  { class_type: 'LoadImage', inputs: { image: or(fc.constantFrom('missing.png', '../secret.png')) } },
  {
    class_type: 'SaveImage',
    inputs: { images: image, filename_prefix: or(fc.constantFrom('fuzz', 'a/b', '../up')) },
  },
  { class_type: 'PreviewImage', inputs: { images: image } },
]

const node = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.oneof(
      ...classes.map(({ class_type, inputs }) =>
        fc.record({ class_type: fc.constant(class_type), inputs: complete(inputs) }),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ class_type: fc.oneof(fc.string(), junk), inputs: fc.dictionary(fc.string(), junk) }),
  },
  { weight: 1, arbitrary: junk },
)
const source = { class_type: 'EmptyImage', inputs: { width: 8, height: 8, batch_size: 2, color: 255 } }

/** A source, then nodes that mostly take from those before them. */
const graph = fc.array(node, { maxLength: 6 }).map((nodes) => {
  const all: unknown[] = [source, ...nodes]
  const linked = (value: unknown, index: number) =>
    value instanceof Earlier ? [String(1 + (value.pick % index)), 0] : value
  return Object.fromEntries(
    all.map((each, index) => {
      const inputs = (each as { inputs?: unknown } | null)?.inputs
      if (typeof inputs !== 'object' || inputs === null) return [String(index + 1), each]
      const entries = Object.entries(inputs).map(([name, value]) => [name, linked(value, index)])
      return [String(index + 1), { ...(each as object), inputs: Object.fromEntries(entries) }]
    }),
  )
})
const body = fc.record(
  {
    prompt: fc.oneof({ weight: 12, arbitrary: graph }, { weight: 1, arbitrary: junk }),
    client_id: or(fc.constant('somebody')),
    prompt_id: or(fc.uuid()),
    front: or(fc.boolean()),
    number: or(fc.integer({ min: -5, max: 5 })),
    extra_data: or(fc.constant({ extra_pnginfo: { workflow: {} } })),
    partial_execution_targets: or(fc.array(id, { maxLength: 3 })),
  },
  { requiredKeys: ['prompt'] },
)

it('answers any graph, keeps running, and loses no prompt that it accepted', async () => {
  const accepted = new Set<string>()
  await fc.assert(
    fc.asyncProperty(body, async (request) => {
      const answer = await engine.post('/prompt', request)
      expect([200, 400]).toContain(answer.status)
      if (answer.status === 200) accepted.add(answer.body.prompt_id)
      else expect(answer.body).toMatchObject({ error: { type: expect.any(String), message: expect.any(String) } })
    }),
    { numRuns: 1000, interruptAfterTimeLimit: 200_000 },
  )
  await engine.until(async () => (await engine.get('/prompt')).exec_info.queue_remaining === 0)
  const history = await engine.get('/history')
  for (const prompt of accepted) expect(history[prompt]?.status.status_str, prompt).toMatch(/^(success|error)$/)
  expect(accepted.size, 'prompts that made sense').toBeGreaterThan(50)
  expect((await engine.run(savePicture(7))).entry.status.status_str).toBe('success')
  // A thousand prompts are judged, and hundreds of them run, each of which writes durably.
}, 600_000)

it('answers any bytes with a refusal', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map(Buffer.from),
        fc.string().map((text) => Buffer.from(text)),
      ),
      fc.constantFrom(
        '/prompt',
        '/queue',
        '/history',
        '/free',
        '/api/jobs/cancel',
        '/settings',
        '/upload/image',
        '/users',
      ),
      async (bytes, path) => {
        const { status } = await engine.fetch(path, { method: 'POST', body: bytes as Uint8Array<ArrayBuffer> })
        expect(status, path).toBeLessThan(500)
      },
    ),
    { numRuns: 200 },
  )
  expect(await engine.get('/prompt')).toEqual({ exec_info: { queue_remaining: 0 } })
})
