/**
 * @file E1–E5: what the engine adds to a prompt, from `POST /prompt` to `execution_success` at the client's socket, and what
 * stands in memory while nothing runs. The built product (`npm run build`), not the sources.
 */
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import type { BenchContext } from './main.ts'
import { type Figure, median } from './measure/numbers.ts'
import { startServer } from './measure/server-process.ts'

const link = (node: string) => [node, 0]
/** Ten nodes that read, change and show a picture; another `sigma` makes seven of them anew. */
const tenNodes = (sigma: number) => ({
  '1': { class_type: 'LoadImage', inputs: { image: 'chelsea.png' } },
  '2': {
    class_type: 'ImageScale',
    inputs: { image: link('1'), upscale_method: 'area', width: 64, height: 64, crop: 'center' },
  },
  '3': { class_type: 'ImageInvert', inputs: { image: link('2') } },
  '4': { class_type: 'ImageBlur', inputs: { image: link('3'), blur_radius: 2, sigma } },
  '5': { class_type: 'ImageInvert', inputs: { image: link('4') } },
  '6': { class_type: 'ImageInvert', inputs: { image: link('5') } },
  '7': { class_type: 'ImageInvert', inputs: { image: link('6') } },
  '8': { class_type: 'ImageInvert', inputs: { image: link('7') } },
  '9': { class_type: 'ImageInvert', inputs: { image: link('8') } },
  '10': { class_type: 'PreviewImage', inputs: { images: link('9') } },
})

export async function benchEngine({ directory, size }: BenchContext): Promise<Figure[]> {
  const engine = await startServer(process.execPath, ['dist/engine/main.js', '--port', '0'], {
    STUDIO_DIR: mkdtempSync(join(directory, 'engine-')),
    ENGINE_DEVICE: 'cpu',
    NODE_ENV: 'production',
  })
  const url = `http://127.0.0.1:${engine.port}`
  try {
    await runnerIsUp(engine.descendantBytes)
    const idle = engine.residentBytes()
    const runnerIdle = engine.descendantBytes()
    const uploaded = await uploadSample(url)
    const client = await connect(url)
    const submit = async (graph: object) => {
      const began = performance.now()
      const answer = await fetch(`${url}/prompt`, {
        method: 'POST',
        body: JSON.stringify({ prompt: graph, client_id: client.id }),
      })
      const { prompt_id: id, error } = (await answer.json()) as { prompt_id: string; error?: unknown }
      if (!answer.ok) throw new Error(JSON.stringify(error))
      await client.success(id)
      return performance.now() - began
    }
    const graph = (sigma: number) => {
      const made = tenNodes(sigma)
      made['1'].inputs.image = uploaded
      return made
    }
    await submit(graph(1))
    const prompts = size === 'full' ? 500 : 200
    const cached: number[] = []
    for (let n = 0; n < prompts; n++) cached.push(await submit(graph(1)))
    const trivial: number[] = []
    for (let n = 0; n < 100; n++) trivial.push(await submit(graph(1.001 + n / 1000)))
    const began = performance.now()
    await Promise.all(Array.from({ length: prompts }, () => submit(graph(1))))
    const perSecond = prompts / ((performance.now() - began) / 1000)
    const info: number[] = []
    for (let n = 0; n < 30; n++) {
      const asked = performance.now()
      await (await fetch(`${url}/object_info`)).arrayBuffer()
      info.push(performance.now() - asked)
    }
    const steps = await stepsWithSpectators(url, uploaded)
    client.close()
    return [
      {
        id: 'E1',
        what: 'cached prompt of 10 nodes, POST to success',
        value: median(cached),
        goal: { atMost: 15 },
        unit: 'ms',
        detail: `median of ${prompts}; 99 of 100 within ${percentile(cached, 0.99).toFixed(1)} ms`,
      },
      {
        id: 'E2',
        what: 'prompt of 10 nodes, 7 of them made anew',
        value: median(trivial),
        goal: { atMost: 60 },
        unit: 'ms',
        detail: 'pictures of 64 × 64, one temporary PNG written',
      },
      {
        id: 'E3',
        what: 'cached prompts a second, one client',
        value: perSecond,
        goal: { atLeast: 60 },
        detail: `${prompts} queued at once`,
      },
      {
        id: 'E4',
        what: 'object_info of all nodes, warm',
        value: median(info),
        goal: { atMost: 20 },
        unit: 'ms',
        detail: 'median of 30',
      },
      {
        id: 'E5',
        what: 'step time with 200 WebSocket clients / with one',
        value: steps.ratio,
        goal: { atMost: 1.05 },
        detail: `an upscale: ${steps.many.toFixed(2)} against ${steps.one.toFixed(2)} s; medians of ${steps.rounds}, in turn`,
      },
      {
        id: 'M2',
        what: 'engine and runner, idle',
        value: (idle + runnerIdle) / 1e6,
        goal: { atMost: 300 },
        unit: 'MB',
        detail: `${(idle / 1e6).toFixed(0)} and ${(runnerIdle / 1e6).toFixed(0)} MB, no model open`,
      },
    ]
  } finally {
    await engine.stop()
  }
}

const percentile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!

async function runnerIsUp(descendantBytes: () => number): Promise<void> {
  // The runner has said that it is ready when its memory no longer grows.
  let before = -1
  for (let tries = 0; tries < 100; tries++) {
    const now = descendantBytes()
    if (now > 0 && now === before) return
    before = now
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new Error('the runner did not come up')
}

async function uploadSample(url: string): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  const form = new FormData()
  form.append('image', new Blob([await readFile('studio-data/defaults/input/chelsea.png')]), 'chelsea.png')
  const answer = await fetch(`${url}/upload/image`, { method: 'POST', body: form })
  return ((await answer.json()) as { name: string }).name
}

async function connect(url: string) {
  const id = Math.random().toString(36).slice(2)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?clientId=${id}`)
  const done = new Set<string>()
  const waiting = new Map<string, () => void>()
  socket.on('message', (data, binary) => {
    if (binary) return
    const message = JSON.parse(data.toString()) as { type: string; data: { prompt_id?: string } }
    if (message.type !== 'execution_success' || !message.data.prompt_id) return
    const prompt = message.data.prompt_id
    done.add(prompt)
    waiting.get(prompt)?.()
  })
  await once(socket, 'open')
  return {
    id,
    success: (prompt: string) =>
      done.has(prompt) ? Promise.resolve() : new Promise<void>((resolve) => waiting.set(prompt, resolve)),
    close: () => socket.terminate(),
  }
}

/** An upscale in tiles with previews, with one client and with 200 that watch everything, in turn. */
async function stepsWithSpectators(url: string, image: string) {
  const rounds = 5
  const client = await connect(url)
  const run = async (blur: number) => {
    const answer = await fetch(`${url}/prompt`, {
      method: 'POST',
      body: JSON.stringify({
        client_id: client.id,
        prompt: {
          '1': { class_type: 'LoadImage', inputs: { image } },
          '2': { class_type: 'ImageBlur', inputs: { image: link('1'), blur_radius: blur, sigma: 1 } },
          '3': { class_type: 'UpscaleModelLoader', inputs: { model_name: 'waifu2x-cunet-scale2x.param' } },
          '4': { class_type: 'ImageUpscaleWithModel', inputs: { upscale_model: link('3'), image: link('2') } },
          '5': { class_type: 'PreviewImage', inputs: { images: link('4') } },
        },
      }),
    })
    const { prompt_id: id } = (await answer.json()) as { prompt_id: string }
    const began = performance.now()
    await client.success(id)
    return (performance.now() - began) / 1000
  }
  await run(1)
  const one: number[] = []
  const many: number[] = []
  for (let round = 0; round < rounds; round++) {
    one.push(await run(2 + round * 2))
    const watchers = await Promise.all(Array.from({ length: 200 }, () => connect(url)))
    many.push(await run(3 + round * 2))
    for (const watcher of watchers) watcher.close()
  }
  client.close()
  return { one: median(one), many: median(many), ratio: median(many) / median(one), rounds }
}
