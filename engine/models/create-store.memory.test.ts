/** @file What stays open and what is closed when memory is short: sessions of real graphs, budgets as numbers. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import type { MemoryFigures } from '#platform/memory'
import { createModelStore } from './create-store.ts'
import { OnnxGraph } from './onnx/graph-builder.ts'
import { createFloatTensor } from './runtime/tensor.ts'
import type { NetworkSource } from './store.ts'
import { zerosFeeds, zerosNetwork } from './testing/zeros-network.ts'

const stores: { unloadAll(): Promise<void> }[] = []
afterEach(() => Promise.all(stores.splice(0).map((store) => store.unloadAll())))

function createStore(maxBytes: number, memory?: () => Promise<MemoryFigures | null>) {
  const events: string[] = []
  const log = (_level: string, message: string) => events.push(message)
  const store = createModelStore({ device: 'cpu', maxBytes, ...(memory && { memory }), threads: 1, log })
  stores.push(store)
  /** The parts that were opened and closed since the last time. */
  const moves = () =>
    events.splice(0).map((event) => event.replace(/^(opened|closed) sd\.safetensors \((.*?)\).*/, '$1 $2'))
  return { store, moves }
}

/** A part of a checkpoint that is said to take so many bytes. */
function part(name: string, bytes: number, workingBytes?: NetworkSource['workingBytes']): NetworkSource {
  return {
    ...{ key: name, label: 'sd.safetensors', part: name, bytes, workingBytes },
    build() {
      const graph = new OnnxGraph()
      graph.input('x', ['n'])
      graph.node('Add', ['x', 'x'], {}, 'out')
      graph.output('out', ['n'])
      return graph.finish()
    },
  }
}

const feeds = (length = 1) => ({ x: createFloatTensor(new Float32Array(length).fill(2), [length]) })

describe('the budget', () => {
  it('closes the text encoder before a UNet that would not fit beside it', async () => {
    const { store, moves } = createStore(100)
    await store.network(part('text encoder', 40)).run(feeds())
    await store.network(part('UNet', 70)).run(feeds())
    expect(moves()).toEqual(['opened text encoder', 'closed text encoder', 'opened UNet'])
  })

  it('keeps it when both fit, and closes no more than is needed for the third', async () => {
    const { store, moves } = createStore(100)
    await store.network(part('text encoder', 30)).run(feeds())
    await store.network(part('UNet', 60)).run(feeds())
    expect(moves()).toEqual(['opened text encoder', 'opened UNet'])
    await store.network(part('VAE decoder', 40)).run(feeds())
    expect(moves()).toEqual(['closed text encoder', 'opened VAE decoder'])
  })

  it('counts what a run takes beside the weights, also when a later run is larger', async () => {
    const { store, moves } = createStore(100)
    const unet = store.network(part('UNet', 40, ({ x }) => 10 * x![0]!))
    await store.network(part('text encoder', 30)).run(feeds())
    await unet.run(feeds(2))
    await unet.run(feeds(3))
    expect(moves()).toEqual(['opened text encoder', 'opened UNet'])
    await unet.run(feeds(4))
    expect(moves()).toEqual(['closed text encoder'])
    // The runtime keeps what the largest run took.
    await unet.run(feeds(1))
    expect(store.list()).toMatchObject([{ path: 'UNet', bytes: 80 }])
  })

  it('also goes by what the device has free, which others may use', async () => {
    let free = 1000
    const { store, moves } = createStore(1e9, async () => ({ total: 2000, free }))
    await store.network(part('text encoder', 100)).run(feeds())
    await store.network(part('UNet', 500)).run(feeds())
    free = 50
    await store.network(part('VAE decoder', 40)).run(feeds())
    expect(moves()).toEqual(['opened text encoder', 'opened UNet', 'opened VAE decoder'])
    await store.network(part('ControlNet', 60)).run(feeds())
    expect(moves()).toEqual(['closed text encoder', 'closed UNet', 'closed VAE decoder', 'opened ControlNet'])
  })

  it('refuses what the device could never hold before it opens or closes anything, in words', async () => {
    const { store, moves } = createStore(1e12, async () => ({ total: 24e9, free: 20e9 }))
    await store.network(part('text encoder', 100)).run(feeds())
    const advice = { memoryAdvice: 'Make smaller pictures or fewer at once' }
    const unet = store.network({ ...part('UNet', 1e9, ({ x }) => 50e9 * x![0]!), ...advice })
    await expect(unet.run(feeds(2))).rejects.toMatchObject({
      exceptionType: 'OutOfMemoryError',
      message:
        'sd.safetensors (UNet): there is not enough memory: it takes about 101.0 GB, and there are 24.0 GB. Make smaller pictures or fewer at once; or close other programs that use this device.',
    })
    expect(moves()).toEqual(['opened text encoder'])
  })
})

describe('a lack of memory', () => {
  it('is an error with the amount and advice; what was open is closed, and the next run works', async () => {
    const { store, moves } = createStore(1e9)
    await store.network(zerosNetwork('text encoder')).run(zerosFeeds(10))
    const unet = store.network(zerosNetwork('UNet'))
    await expect(unet.run(zerosFeeds(2 ** 45))).rejects.toMatchObject({
      exceptionType: 'OutOfMemoryError',
      message: expect.stringMatching(
        /^sd\.safetensors \(UNet\) failed: there is not enough memory: 140737\.5 GB more could not be had\. Use a smaller/,
      ),
    })
    expect(moves()).toEqual([
      ...['opened text encoder', 'opened UNet', 'closed text encoder', 'closed UNet'],
      'memory ran out in sd.safetensors (UNet): every model was closed, and it is tried once more',
      ...['opened UNet', 'closed UNet'],
    ])
    expect((await unet.run(zerosFeeds(10))).out!.data).toEqual(Float32Array.of(0))
  })

  it('is not the end when closing the others makes the room', async () => {
    const program = fileURLToPath(new URL('testing/short-of-memory.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program], {
      env: { ...process.env, MALLOC_MMAP_THRESHOLD_: '262144' },
    })
    expect(stdout.trim()).toBe('opened opened closed closed memory opened')
  })
})
