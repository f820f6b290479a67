import { mkdir, rename, rm, symlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AssetListing } from '#contracts/assets'
import { assetListingSchema } from '#contracts/assets'
import { patience } from '../testing/until.ts'
import { type AssetApp, startAssetApp } from './testing/asset-app.ts'

let studio: AssetApp
beforeEach(async () => {
  studio = await startAssetApp()
})
afterEach(() => studio.close())

async function list(path: string): Promise<AssetListing> {
  const response = await studio.get(`/assets/${path}`)
  expect(response.status).toBe(200)
  return (await response.json()) as AssetListing
}
const at = (path: string, seconds: number) => utimes(join(studio.directory, 'assets', path), seconds, seconds)

describe('the output listing', () => {
  it('shows a folder with a video exactly as the contract page does', async () => {
    const job = '20260324_143052_a1b2c3'
    await studio.write(`output/${job}/final/final_00001.mp4`, Buffer.alloc(100))
    await studio.write(`output/${job}/preview/preview_00001.png`, Buffer.alloc(10))
    await studio.write(`output/${job}/intermediate/intermediate_00001.mp4`, Buffer.alloc(5))
    await studio.write(`output/${job}/job.json`, '{}')
    await at(`output/${job}/final/final_00001.mp4`, 1711290852)
    await at(`output/${job}/preview/preview_00001.png`, 1711290000)
    await at(`output/${job}/intermediate/intermediate_00001.mp4`, 1711290001)
    expect(await list('outputs')).toEqual({
      files: [],
      studio_jobs: [
        {
          folder: job,
          folder_path: job,
          total_size: 115,
          modified: 1711290852,
          incomplete: false,
          type: 'studio_job',
          video_count: 1,
          image_count: 0,
          preview_count: 1,
          intermediate_count: 1,
          video: { filename: 'final_00001.mp4', subfolder: `${job}/final` },
          thumbnail: { filename: 'preview_00001.png', subfolder: `${job}/preview` },
          previews: [{ filename: 'preview_00001.png', subfolder: `${job}/preview` }],
          intermediates: [{ filename: 'intermediate_00001.mp4', subfolder: `${job}/intermediate` }],
        },
      ],
      total_size: 115,
    })
  })

  it('shows a folder with images only as a gallery, without the keys of other kinds', async () => {
    const job = '20260324_130000_b2c3d4'
    await studio.write(`output/${job}/final/final_00002.PNG`, 'bb')
    await studio.write(`output/${job}/final/final_00001.png`, 'a')
    const [folder] = (await list('outputs')).studio_jobs
    expect(folder).toEqual({
      folder: job,
      folder_path: job,
      total_size: 3,
      modified: expect.any(Number),
      incomplete: false,
      type: 'studio_gallery',
      video_count: 0,
      image_count: 2,
      preview_count: 0,
      intermediate_count: 0,
      images: [
        { filename: 'final_00001.png', subfolder: `${job}/final` },
        { filename: 'final_00002.PNG', subfolder: `${job}/final` },
      ],
      thumbnail: { filename: 'final_00001.png', subfolder: `${job}/final` },
    })
  })

  it('uses a final image as the thumbnail of a video job without previews, but does not count it', async () => {
    await studio.write('output/clip/final.mp4')
    await studio.write('output/clip/final.png')
    const [folder] = (await list('outputs')).studio_jobs
    expect(folder).toMatchObject({
      type: 'studio_job',
      image_count: 0,
      thumbnail: { filename: 'final.png', subfolder: 'clip' },
    })
    expect('images' in folder!).toBe(false)
  })

  it('tells kinds apart by the first part of the path or the beginning of the name', async () => {
    await studio.write('output/a/preview_1.png')
    await studio.write('output/a/previews/x.png')
    await studio.write('output/a/intermediate-steps/y.webm')
    await studio.write('output/a/final/preview_2.png')
    expect((await list('outputs')).studio_jobs[0]).toMatchObject({
      type: 'studio_gallery',
      preview_count: 2,
      intermediate_count: 1,
      images: [{ filename: 'preview_2.png', subfolder: 'a/final' }],
    })
  })

  it('shows previews of a job that has nothing else, and a running job that has nothing at all', async () => {
    await studio.write('output/only-previews/preview/p.png')
    await studio.write('output/running/.incomplete', '')
    await mkdir(join(studio.roots.outputs, 'empty'))
    await studio.write('output/no-media/job.json', '{}')
    const { studio_jobs } = await list('outputs')
    expect(studio_jobs.map((job) => job.folder).sort()).toEqual(['only-previews', 'running'])
    expect(studio_jobs.find((job) => job.folder === 'only-previews')).toMatchObject({
      type: 'studio_gallery',
      images: [],
      thumbnail: { filename: 'p.png', subfolder: 'only-previews/preview' },
    })
    expect(studio_jobs.find((job) => job.folder === 'running')).toMatchObject({ incomplete: true, thumbnail: null })
  })

  it('lists loose media files once, and neither hidden files nor links', async () => {
    await studio.write('output/loose.webp', 'four')
    await studio.write('output/.hidden.png', 'no')
    await studio.write('output/job/.tmp-1.png', 'no')
    await studio.write('output/job/final/a.png', 'ab')
    await symlink('/etc', join(studio.roots.outputs, 'linked-folder'))
    await symlink('/etc/hostname', join(studio.roots.outputs, 'link.png'))
    const listing = await list('outputs')
    expect(listing.files).toEqual([
      {
        filename: 'loose.webp',
        path: 'loose.webp',
        subfolder: '',
        size: 4,
        modified: expect.any(Number),
        type: 'image',
      },
    ])
    expect(listing.studio_jobs.map((job) => job.folder)).toEqual(['job'])
    expect(listing.total_size).toBe(6)
  })

  it('orders by modification, newest first, and equal times by name, descending', async () => {
    for (const [name, time] of [
      ['a', 100],
      ['c', 200],
      ['b', 200],
    ] as const) {
      await studio.write(`output/${name}/x.png`)
      await at(`output/${name}/x.png`, time)
    }
    expect((await list('outputs')).studio_jobs.map((job) => job.folder)).toEqual(['c', 'b', 'a'])
  })

  it('lists a folder that was renamed into the root, and forgets one that was removed', async () => {
    await list('outputs')
    await studio.write('elsewhere/job/final/a.png')
    await rename(join(studio.directory, 'assets/elsewhere/job'), join(studio.roots.outputs, 'job'))
    await vi.waitFor(async () => expect((await list('outputs')).studio_jobs).toHaveLength(1), patience)
    await rm(join(studio.roots.outputs, 'job'), { recursive: true })
    await vi.waitFor(async () => expect((await list('outputs')).studio_jobs).toHaveLength(0), patience)
    await vi.waitFor(() => expect(studio.events.map((event) => event.type)).toContain('assets.changed'), patience)
  })

  it('notices a file that was overwritten in place', async () => {
    await studio.write('output/job/final/a.png', 'short')
    expect((await list('outputs')).total_size).toBe(5)
    await studio.write('output/job/final/a.png', 'longer than before')
    await vi.waitFor(async () => expect((await list('outputs')).total_size).toBe(18), patience)
  })

  it('is empty when the directory is missing', async () => {
    await rm(studio.roots.outputs, { recursive: true })
    await vi.waitFor(
      async () => expect(await list('outputs')).toEqual({ files: [], studio_jobs: [], total_size: 0 }),
      patience,
    )
  })
})

describe('the input listing', () => {
  it('lists files at any depth with path, subfolder and kind', async () => {
    await studio.write('input/top.jpg', '12345')
    await studio.write('input/sub/deep/clip.MP4', '123')
    await studio.write('input/notes.txt')
    await at('input/top.jpg', 50)
    await at('input/sub/deep/clip.MP4', 60.5)
    expect(await list('inputs')).toEqual({
      files: [
        {
          filename: 'clip.MP4',
          path: 'sub/deep/clip.MP4',
          subfolder: 'sub/deep',
          size: 3,
          modified: 60.5,
          type: 'video',
        },
        { filename: 'top.jpg', path: 'top.jpg', subfolder: '', size: 5, modified: 50, type: 'image' },
      ],
      studio_jobs: [],
      total_size: 8,
    })
  })

  it('refuses another type with the documented text', async () => {
    const response = await studio.get('/assets/models')
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ detail: "Invalid asset type. Use 'inputs' or 'outputs'." })
  })
})

describe('asking again', () => {
  it('answers 304 until something changes', async () => {
    await studio.write('input/a.png')
    const first = await studio.get('/assets/inputs')
    const etag = first.headers.get('etag')!
    expect(etag).toMatch(/^W\//)
    const again = () => studio.get('/assets/inputs', { headers: { 'if-none-match': etag } })
    expect((await again()).status).toBe(304)
    await studio.write('input/b.png')
    await vi.waitFor(async () => expect((await again()).status).toBe(200), patience)
  })
})

describe('filters and pages', () => {
  beforeEach(async () => {
    for (let n = 0; n < 7; n++) {
      const path = n % 2 ? `output/job${n}/final/clip.mp4` : `output/job${n}/final/Cat.png`
      await studio.write(path, Buffer.alloc(n + 1))
      await at(path, 1000 + n)
    }
  })

  it('walks all entries in order, page after page', async () => {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await list(`outputs?limit=3${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`)
      expect(assetListingSchema.safeParse(page).success).toBe(true)
      expect([page.total_size, page.total]).toEqual([28, 7])
      seen.push(...page.studio_jobs.map((job) => job.folder))
      cursor = page.next_cursor
    } while (cursor)
    expect(seen).toEqual(['job6', 'job5', 'job4', 'job3', 'job2', 'job1', 'job0'])
  })

  it('goes on after an entry that has gone meanwhile', async () => {
    const page = await list('outputs?limit=2')
    await rm(join(studio.roots.outputs, 'job5'), { recursive: true })
    const next = async () => (await list(`outputs?limit=2&cursor=${page.next_cursor}`)).studio_jobs.map((j) => j.folder)
    await vi.waitFor(async () => expect(await next()).toEqual(['job4', 'job3']), patience)
  })

  it('finds by name in any case, by kind and by time', async () => {
    expect((await list('outputs?q=cat')).studio_jobs).toHaveLength(4)
    expect((await list('outputs?kind=video')).studio_jobs).toHaveLength(3)
    expect((await list('outputs?since=1005')).studio_jobs.map((job) => job.folder)).toEqual(['job6', 'job5'])
  })

  it('refuses a cursor that no listing gave, and a limit out of range', async () => {
    for (const query of ['cursor=nonsense', 'limit=0', 'limit=5000', 'kind=sound']) {
      const response = await studio.get(`/assets/outputs?${query}`)
      expect([query, response.status]).toEqual([query, 400])
      expect(typeof ((await response.json()) as { detail: unknown }).detail).toBe('string')
    }
  })
})
