import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { JobFile } from '#contracts/jobs'
import { crc32 } from '#platform/crc32'
import { createOutputWriter, type OutputWriterOptions } from './create-output-writer.ts'
import type { OutputRequest } from './output-writer.ts'

const job = '20260324_143052_a1b2c3'
let root: string
let output: string
let files: JobFile[]

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'output-writer-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
beforeEach(async () => {
  output = await mkdtemp(join(root, 'output-'))
  await mkdir(join(output, job))
  files = []
})

function writer(options: Partial<OutputWriterOptions> = {}) {
  return createOutputWriter({
    outputDirectory: output,
    job,
    naming: 'comfy',
    outputKinds: {},
    nodeId: '9',
    isOutputNode: true,
    onFile: (file) => files.push(file),
    now: () => new Date(2026, 2, 4, 5, 6, 7),
    random: () => 0.5,
    ffmpeg: null,
    ...options,
  })
}

function request(overrides: Partial<OutputRequest> = {}): OutputRequest {
  return {
    prefix: 'ComfyUI',
    extension: 'png',
    destination: 'output',
    batchIndex: 0,
    width: 640,
    height: 480,
    write: (path) => writeFile(path, 'content', { flag: 'wx' }),
    ...overrides,
  }
}

const listed = (...folder: string[]) => readdir(join(output, job, ...folder))

describe("ComfyUI's names", () => {
  it('count up from one inside the final folder, and are answered with the subfolder that finds them', async () => {
    const write = writer().write
    expect(await write(request())).toEqual({
      filename: 'ComfyUI_00001_.png',
      subfolder: `${job}/final`,
      type: 'output',
    })
    expect((await write(request())).filename).toBe('ComfyUI_00002_.png')
  })

  it('go on after the highest number of the prefix, whatever the extension', async () => {
    await mkdir(join(output, job, 'final'))
    for (const name of [
      'ComfyUI_00007_.webm',
      'ComfyUI_x_00099_.png',
      'ComfyUIx_00050_.png',
      'ComfyUI_12345678_.png',
    ]) {
      await writeFile(join(output, job, 'final', name), '')
    }
    expect((await writer().write(request())).filename).toBe('ComfyUI_12345679_.png')
  })

  it('make the folders of a prefix', async () => {
    const file = await writer().write(request({ prefix: 'video/./day/../clip' }))
    expect(file).toEqual({ filename: 'clip_00001_.png', subfolder: `${job}/final/video`, type: 'output' })
  })

  it('replace the tokens that the server replaces, and leave the others', async () => {
    const file = await writer().write(
      request({ prefix: '%year%-%month%-%day% %hour%%minute%%second% %width%x%height% %date:yyyy%' }),
    )
    expect(file.filename).toBe('2026-03-04 050607 640x480 %date:yyyy%_00001_.png')
  })

  it('put the position in the batch into the name, and count on within the batch', async () => {
    const write = writer().write
    const names = []
    for (const batchIndex of [0, 1])
      names.push((await write(request({ prefix: 'a%batch_num%b', batchIndex }))).filename)
    expect(names).toEqual(['a0b_00001_.png', 'a1b_00002_.png'])
  })

  it.each(['../out', 'a/../../out', '/etc/passwd', '..'])('refuse %s, which leads out', async (prefix) => {
    await expect(writer().write(request({ prefix }))).rejects.toThrow('Saving outside the output folder is not allowed')
    expect(await readdir(output)).toEqual([job])
  })

  it.each(['a\0b', 'a\\b', 'x'.repeat(300), 'a/'.repeat(20)])('refuse %j, which is no file name', async (prefix) => {
    await expect(writer().write(request({ prefix }))).rejects.toThrow('not a valid file name')
  })

  it('never begin with a dot, which would hide the file', async () => {
    expect((await writer().write(request({ prefix: '.tmp-evil' }))).filename).toBe('_tmp-evil_00001_.png')
  })

  it('of previews carry five letters and are of type temp, while the file lies in the preview folder', async () => {
    const file = await writer().write(request({ destination: 'temp' }))
    expect(file).toEqual({ filename: 'ComfyUI_temp_nnnnn_00001_.png', subfolder: `${job}/preview`, type: 'temp' })
    expect(files[0]).toMatchObject({ kind: 'preview', subfolder: `${job}/preview` })
  })
})

describe('names of studio runs', () => {
  const studio = (options: Partial<OutputWriterOptions> = {}) => writer({ naming: 'studio', ...options })

  it('count per kind, across nodes and extensions', async () => {
    await studio({ nodeId: '4' }).write(request())
    await studio({ nodeId: '5' }).write(request({ extension: 'mp4' }))
    await studio({ nodeId: '6', outputKinds: { '6': 'intermediate' } }).write(request())
    await studio({ nodeId: '7' }).write(request({ destination: 'temp' }))
    expect(files.map(({ subfolder, filename }) => `${subfolder}/${filename}`)).toEqual([
      `${job}/final/final_00001.png`,
      `${job}/final/final_00002.mp4`,
      `${job}/intermediate/intermediate_00001.png`,
      `${job}/preview/preview_00001.png`,
    ])
  })

  it('stay distinct when nodes finish at once', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, i) => studio({ nodeId: String(i) }).write(request())))
    expect((await listed('final')).sort()).toEqual(
      Array.from({ length: 12 }, (_, i) => `final_${String(i + 1).padStart(5, '0')}.png`),
    )
  })

  it('make a previewed file an output when the workflow calls it final', async () => {
    const file = await studio({ outputKinds: { '9': 'final' } }).write(request({ destination: 'temp' }))
    expect(file).toMatchObject({ subfolder: `${job}/final`, type: 'output' })
  })
})

describe('a written file', () => {
  it('is reported with its size, checksum and facts', async () => {
    const content = Buffer.from('some longer content')
    await writer().write(request({ extension: 'mp4', duration: 2.5, write: (path) => writeFile(path, content) }))
    expect(files).toEqual([
      {
        filename: 'ComfyUI_00001_.mp4',
        subfolder: `${job}/final`,
        kind: 'final',
        media: 'video',
        node_id: '9',
        size: content.length,
        crc32: crc32(content),
        modified_ns: expect.stringMatching(/^\d{19}$/),
        width: 640,
        height: 480,
        duration: 2.5,
      },
    ])
  })

  it('is visible only when it is complete', async () => {
    const seen: string[][] = []
    await writer().write(
      request({
        write: async (path) => {
          await writeFile(path, 'half')
          seen.push(await listed('final'))
          await writeFile(path, 'whole')
        },
      }),
    )
    expect(seen).toEqual([[expect.stringMatching(/^\.tmp-/)]])
    expect(await listed('final')).toEqual(['ComfyUI_00001_.png'])
    expect(await readFile(join(output, job, 'final', 'ComfyUI_00001_.png'), 'utf8')).toBe('whole')
  })

  it('leaves nothing behind when it could not be written', async () => {
    const failing = request({
      write: async (path) => {
        await writeFile(path, 'half')
        throw new Error('the encoder broke')
      },
    })
    await expect(writer().write(failing)).rejects.toThrow('the encoder broke')
    expect(await listed('final')).toEqual([])
    expect(files).toEqual([])
  })
})

// Needs the right to mount a small file system; where it is missing the test is shown as skipped.
const small = mountSmallDisk()
describe.skipIf(small === null)('on a full disk', () => {
  afterAll(() => execFileSync('umount', [small!]))

  it('a file fails in words, without half a file', async () => {
    await mkdir(join(small!, job), { recursive: true })
    const big = request({ write: (path) => writeFile(path, Buffer.alloc(2 * 1024 * 1024)) })
    const error = await writer({ outputDirectory: small! })
      .write(big)
      .catch((e: Error) => e)
    expect(error).toMatchObject({ name: 'NodeError', exceptionType: 'OSError' })
    expect((error as Error).message).toMatch(/^The disk is full: /)
    expect(await readdir(join(small!, job, 'final'))).toEqual([])
    expect((await writer({ outputDirectory: small! }).write(request())).filename).toBe('ComfyUI_00001_.png')
  })
})

function mountSmallDisk(): string | null {
  try {
    const path = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' })
    return path
  } catch {
    return null
  }
}
