import { describe, expect, it } from 'vitest'
import type { AssetListing, StudioFolder } from '#contracts/assets'
import { aFile, aJob } from '../../_client/testing/jobs.ts'
import { galleryBlocks } from './blocks.ts'
import { galleryRows } from './rows.ts'

const folder = (name: string, modified: number): StudioFolder => ({
  type: 'studio_gallery',
  folder: name,
  folder_path: name,
  total_size: 10,
  modified,
  incomplete: false,
  video_count: 0,
  image_count: 1,
  preview_count: 0,
  intermediate_count: 0,
  thumbnail: null,
  images: [{ filename: 'a.png', subfolder: name }],
})
const listing = (...folders: StudioFolder[]): AssetListing => ({ files: [], studio_jobs: folders, total_size: 0 })
const jobName = '20261122_101500_a1b2c3'
const otherJobName = '20261122_090000_ffffff'
const options = { width: 1000, rowHeight: 200, gap: 8, open: new Set<string>() }

describe('the gallery', () => {
  it('shows jobs and folders from elsewhere in one order, newest first', () => {
    const blocks = galleryBlocks({
      jobs: [aJob({ finished_at: 50 })],
      live: new Set(),
      listings: [listing(folder('holiday', 99), folder('older', 1), folder(jobName, 50))],
      jobsComplete: true,
    })
    expect(blocks.map((block) => block.id)).toEqual(['holiday', jobName, 'older'])
  })

  it('does not take a job that is not loaded yet for a folder without a record', () => {
    const sources = { jobs: [], live: new Set<string>(), listings: [listing(folder(otherJobName, 9))] }
    expect(galleryBlocks({ ...sources, jobsComplete: false })).toEqual([])
    expect(galleryBlocks({ ...sources, jobsComplete: true })).toHaveLength(1)
  })

  it('leaves a running job to its own block on top', () => {
    const blocks = galleryBlocks({
      jobs: [],
      live: new Set([jobName]),
      listings: [listing(folder(jobName, 50))],
      jobsComplete: true,
    })
    expect(blocks).toEqual([])
  })

  it('folds previews and intermediates into chips and opens them on demand', () => {
    const [block] = galleryBlocks({
      jobs: [aJob({ outputs: [aFile(), aFile({ kind: 'preview', filename: 'preview_00001.png' })] })],
      live: new Set(),
      listings: [],
      jobsComplete: true,
    })
    const closed = galleryRows([], [block!], options)
    expect(closed.map((row) => row.type)).toEqual(['pack', 'tiles', 'packFolds'])
    const open = galleryRows([], [block!], { ...options, open: new Set([`preview:${jobName}`]) })
    expect(open.map((row) => row.type)).toEqual(['header', 'tiles', 'folds', 'tiles'])
  })

  it('says why a failed job has nothing to show', () => {
    const blocks = galleryBlocks({
      jobs: [aJob({ status: 'failed' })],
      live: new Set(),
      listings: [],
      jobsComplete: true,
    })
    const [head, tiles] = galleryRows([], blocks, options)
    expect(head?.type).toBe('pack')
    expect(tiles?.type === 'tiles' && tiles.notes?.map((note) => note.block.status)).toEqual(['failed'])
  })

  it('puts small jobs side by side, each picture inside its own job and whole', () => {
    const jobs = [0, 1, 2, 3].map((n) => aJob({ id: `job-${n}`, finished_at: 9 - n, outputs: [aFile()] }))
    const blocks = galleryBlocks({ jobs, live: new Set(), listings: [], jobsComplete: true })
    const rows = galleryRows([], blocks, options)
    const heads = rows.filter((row) => row.type === 'pack')
    const tiles = rows.filter((row) => row.type === 'tiles')
    expect(heads[0]?.groups.map((group) => group.block.id)).toEqual(['job-0', 'job-1', 'job-2', 'job-3'])
    for (const [at, box] of tiles[0]!.boxes.entries()) {
      const group = heads[0]!.groups[at]!
      expect(box.left).toBe(group.left)
      expect(box.width).toBeLessThanOrEqual(group.width)
      expect(box.width / tiles[0]!.tileHeight).toBeCloseTo(1024 / 768, 1)
    }
  })
})
