import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JobFile } from '#contracts/jobs'
import { findFfmpeg } from '#platform/ffmpeg'
import type { ImageTensor, VideoValue } from '../../tensor.ts'
import { probeVideo } from '../../video/probe-video.ts'
import { runFfmpeg } from '../../video/run-ffmpeg.ts'
import type { AnyNode, NodeContext } from '../define.ts'
import { builtinNodes } from '../index.ts'
import { createTestBench, type TestBench, testJob, uiOf, valuesOf } from '../testing/context.ts'

const ffmpeg = findFfmpeg()!
const longGraph = { '1': { class_type: 'LoadImage', inputs: { text: `=;#\\\n${'ü'.repeat(40_000)}` } } }
let bench: TestBench
beforeAll(async () => {
  bench = await createTestBench({ naming: 'studio', prompt: longGraph, extraPngInfo: { workflow: { id: 'w' } } })
})
afterAll(() => bench.remove())

const node = (classType: string): AnyNode => builtinNodes.find((one) => one.classType === classType)!
const run = async (classType: string, inputs: Record<string, unknown>, context: NodeContext = bench.context) =>
  valuesOf(await node(classType).execute(inputs, context))

/** Frames of one colour each, an odd size, the first third black. */
function frames(count: number, height = 45, width = 63): ImageTensor {
  const data = new Float32Array(count * height * width * 3)
  const length = height * width * 3
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < length; p += 3) {
      const at = i * length + p
      data[at] = i < count / 3 ? 0 : 0.8
      data[at + 1] = i < count / 3 ? 0 : i / count
      data[at + 2] = i < count / 3 ? 0 : 0.2
    }
  }
  return { data, shape: [count, height, width, 3] }
}

async function save(images: ImageTensor, fps = 12): Promise<JobFile> {
  const [video] = await run('CreateVideo', { images, fps })
  const ui = uiOf(
    await node('SaveVideo').execute(
      { video, filename_prefix: 'video/x', format: 'auto', codec: 'auto' },
      bench.context,
    ),
  )
  expect(ui.animated).toEqual([true])
  const saved = ui.images![0] as { filename: string }
  return bench.files.find(({ filename, kind }) => kind === 'final' && filename === saved.filename)!
}

const asFile = (file: JobFile): VideoValue => ({ source: 'file', path: bench.pathOf(file), format: 'video/mp4' })

describe('a saved video', () => {
  it('is an H.264 MP4 of even size with the right length, playable before it is whole', async () => {
    const file = await save(frames(18))
    expect(file).toMatchObject({ media: 'video', kind: 'final', width: 64, height: 46, duration: 1.5 })
    expect(await probeVideo(ffmpeg, bench.pathOf(file), 'x', bench.context.signal)).toMatchObject({
      type: 'video/mp4',
      codec: 'h264',
      width: 64,
      height: 46,
      frameRate: [12, 1],
      duration: 1.5,
    })
    const bytes = await readFile(bench.pathOf(file))
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'))
  })

  it('shows the colours it was made of', async () => {
    const source = frames(6)
    const [back, audio, fps] = (await run('GetVideoComponents', { video: asFile(await save(source, 29.97)) })) as [
      ImageTensor,
      null,
      number,
    ]
    expect(back.shape).toEqual([6, 46, 64, 3])
    expect(audio).toBeNull()
    expect(fps).toBeCloseTo(29.97, 3)
    for (let i = 0; i < 6; i++) {
      for (let c = 0; c < 3; c++) {
        const expected = source.data[(i * 45 * 63 + 1000) * 3 + c]!
        expect(Math.abs(back.data[(i * 46 * 64 + 1000) * 3 + c]! - expected)).toBeLessThan(0.02)
      }
    }
  })

  it('carries the whole graph, however long and whatever is in it', async () => {
    const path = bench.pathOf(await save(frames(3)))
    let text = ''
    await runFfmpeg({
      ffmpeg,
      arguments: ['-loglevel', 'error', '-i', path, '-f', 'ffmetadata', 'pipe:1'],
      signal: bench.context.signal,
      timeLimit: 20_000,
      onOutput: (chunk) => {
        text += chunk.toString()
      },
    })
    const line = /^prompt=(.*)$/m.exec(text)![1]!.replace(/\\([=;#\\])/g, '$1')
    expect(JSON.parse(line)).toEqual(longGraph)
    expect(text).toContain('workflow={"id":"w"}')
  })

  it('has a poster among the previews that is not black, though the video begins black', async () => {
    const before = bench.files.length
    await save(frames(18))
    const poster = bench.files.slice(before).find(({ kind }) => kind === 'preview')!
    expect(poster).toMatchObject({ media: 'image', width: 64, height: 46, subfolder: `${testJob}/preview` })
    const { channels } = await sharp(bench.pathOf(poster)).stats()
    expect(channels[0]!.mean).toBeGreaterThan(180)
  })

  it('is saved again without being coded again', async () => {
    const first = await save(frames(6))
    const inputs = { video: asFile(first), filename_prefix: 'x', format: 'mp4', codec: 'h264' }
    const ui = uiOf(await node('SaveVideo').execute(inputs, bench.context))
    const [a] = await run('GetVideoComponents', { video: asFile(first) })
    const path = join(bench.outputDirectory, testJob, 'final', (ui.images![0] as { filename: string }).filename)
    const [b] = await run('GetVideoComponents', { video: { source: 'file', path, format: 'video/mp4' } })
    expect((b as ImageTensor).data).toEqual((a as ImageTensor).data)
  })
})

it.each(['vp9'])('SaveWEBM writes %s with transparency', async (codec) => {
  const images: ImageTensor = { data: new Float32Array(4 * 32 * 32 * 4).fill(0.5), shape: [4, 32, 32, 4] }
  const inputs = { images, filename_prefix: 'x', codec, fps: 8, crf: 30 }
  const ui = uiOf(await node('SaveWEBM').execute(inputs, bench.context))
  const path = join(bench.outputDirectory, testJob, 'final', (ui.images![0] as { filename: string }).filename)
  const log = await runFfmpeg({
    ffmpeg,
    arguments: ['-i', path, '-f', 'null', '-'],
    signal: bench.context.signal,
    timeLimit: 20_000,
  })
  expect(log).toMatch(/alpha_mode\s+: 1/)
  expect(log).toContain('Video: vp9')
})

describe('an interrupted video', () => {
  it('leaves neither a file nor a running encoder', async () => {
    const own = await createTestBench()
    const context: NodeContext = {
      ...own.context,
      progress: async (index) => {
        if (index === 2) own.abort.abort(new Error('interrupted'))
        own.abort.signal.throwIfAborted()
      },
    }
    const video: VideoValue = { source: 'frames', images: frames(30), frameRate: 10 }
    const inputs = { video, filename_prefix: 'x', format: 'auto', codec: 'auto' }
    await expect(node('SaveVideo').execute(inputs, context)).rejects.toThrow('interrupted')
    expect(await readdir(join(own.outputDirectory, testJob, 'final'))).toEqual([])
    expect(own.files).toEqual([])
    await own.remove()
  })
})

describe('LoadVideo', () => {
  it('gives a file that is a video by its content', async () => {
    const saved = await save(frames(3))
    await copyFile(bench.pathOf(saved), join(bench.inputDirectory, 'clip.mp4'))
    const [video] = (await run('LoadVideo', { file: 'clip.mp4' })) as [VideoValue]
    expect(video).toMatchObject({ source: 'file', format: 'video/mp4' })
    const [images] = (await run('GetVideoComponents', { video })) as [ImageTensor]
    expect(images.shape[0]).toBe(3)
  })

  it('refuses playlists and other files that only claim to be one', async () => {
    await writeFile(join(bench.inputDirectory, 'list.mp4'), '#EXTM3U\nfile:///etc/passwd\n')
    await expect(run('LoadVideo', { file: 'list.mp4' })).rejects.toThrow('list.mp4 is not a video that can be read')
  })

  it('refuses a missing file before the run, in the words clients know', async () => {
    const check = node('LoadVideo').validate!.check
    expect(await check({ file: 'gone.mp4' }, bench.context, {})).toBe('Invalid video file: gone.mp4')
  })

  it('has words for a video that is damaged', async () => {
    const saved = await readFile(bench.pathOf(await save(frames(3))))
    await writeFile(join(bench.inputDirectory, 'broken.mp4'), saved.subarray(0, 200))
    const [video] = await run('LoadVideo', { file: 'broken.mp4' })
    await expect(run('GetVideoComponents', { video })).rejects.toMatchObject({ name: 'NodeError' })
  })
})
