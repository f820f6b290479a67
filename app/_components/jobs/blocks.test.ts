import { describe, expect, it } from 'vitest'
import type { JobStatus } from '#contracts/vocabulary'
import { aGroup, anOutput } from '../../_client/testing/outputs.ts'
import { blockOfGroup } from './blocks.ts'
import { fileRows, type GalleryRow, galleryRows } from './rows.ts'

const options = { width: 1000, rowHeight: 200, gap: 8, open: new Set<string>(), unfolded: false }
const mixed = (id: string) => blockOfGroup(aGroup(id, { files: [anOutput(id), anOutput(id, { kind: 'preview' })] }))

describe('a block', () => {
  it('names jobs by workflow, foreign jobs as such, folders by name, and loose files together', () => {
    const title = (group: Parameters<typeof aGroup>[1], folder = 'holiday') => blockOfGroup(aGroup(folder, group)).title
    expect(title({})).toBe('Enlarge')
    expect(title({ title: null })).toBe('From a ComfyUI client')
    expect(title({ title: null, status: null, record: false })).toBe('holiday')
    expect(title({ title: null, status: 'interrupted', record: false }, '20261129_010000_aaaaaa')).toBe(
      '20261129_010000_aaaaaa',
    )
    expect(title({ title: null, status: null, record: false }, '')).toBe('Files outside any job')
  })

  it('names loose files one by one to the server, and a job as a whole', () => {
    const loose = anOutput('', { subfolder: '', filename: 'a.png' })
    expect(blockOfGroup(aGroup('', { files: [loose] })).paths).toEqual(['a.png'])
    expect(blockOfGroup(aGroup('job')).paths).toEqual(['job'])
  })
})

describe('the gallery', () => {
  it('folds previews and intermediates into chips and opens them on demand', () => {
    const closed = galleryRows([], [mixed('job')], options)
    expect(closed.map((row) => row.type)).toEqual(['pack', 'tiles', 'packFolds'])
    const open = galleryRows([], [mixed('job')], { ...options, open: new Set(['preview:job']) })
    expect(open.map((row) => row.type)).toEqual(['header', 'tiles', 'folds', 'tiles'])
  })

  it('shows what a filter asked for unfolded', () => {
    const block = blockOfGroup(aGroup('job', { files: [anOutput('job', { kind: 'intermediate' })] }))
    const rows = galleryRows([], [block], { ...options, unfolded: true })
    expect(rows.map((row) => row.type)).toEqual(['header', 'tiles'])
  })

  it('shows the files of a running job below its own block', () => {
    const block = { ...mixed('job'), status: 'running' as const }
    expect(galleryRows(['job'], [block], options).map((row) => row.type)).toEqual(['running', 'tiles', 'folds'])
    expect(galleryRows(['other'], [], options).map((row) => row.type)).toEqual(['running'])
  })

  it('says why a failed job has nothing to show', () => {
    const [head, tiles] = galleryRows([], [blockOfGroup(aGroup('job', { status: 'failed', files: [] }))], options)
    expect(head?.type).toBe('pack')
    expect(tiles?.type === 'tiles' && tiles.notes?.map((note) => note.block.status)).toEqual(['failed'])
  })

  it('says why a job did not end well before its few pictures, beside the others', () => {
    const ended = blockOfGroup(aGroup('cut-off', { at: 9, status: 'interrupted' }))
    const rows = galleryRows([], [ended, blockOfGroup(aGroup('done', { at: 8 }))], options)
    const [head, tiles] = rows
    expect(head?.type === 'pack' && head.groups.map((group) => group.block.id)).toEqual(['cut-off', 'done'])
    const [note] = (tiles?.type === 'tiles' && tiles.notes) || []
    expect(note?.block.status).toBe('interrupted')
    const picture = tiles?.type === 'tiles' ? tiles.boxes[0] : undefined
    expect(picture?.left).toBe(note!.left + note!.note + options.gap)
    // On a phone there is no room for both.
    const narrow = galleryRows([], [ended], { ...options, width: 360 }).map((row) => row.type)
    expect(narrow).toEqual(['header', 'note', 'tiles'])
  })

  it('says in the head that a job of many finals was cancelled, with a way to retry; a failed one, and one that waits for a word about its files, has a row for that', () => {
    const ended = (status: JobStatus, more: { width?: number; kept?: true } = {}) => {
      const files = ['a', 'b', 'c', 'd'].map((name) => anOutput('job', { filename: `${name}.png` }))
      const rows = galleryRows([], [blockOfGroup(aGroup('job', { status, files, ...(more.kept && { kept: true }) }))], {
        ...options,
        width: more.width ?? options.width,
      })
      return [rows[0]?.type === 'header' && rows[0].retry, rows[1]?.type]
    }
    expect(ended('cancelled')).toEqual([true, 'tiles'])
    expect(ended('interrupted')).toEqual([false, 'note'])
    expect(ended('interrupted', { kept: true })).toEqual([false, 'tiles'])
    expect(ended('failed')).toEqual([false, 'note'])
    expect(ended('completed')).toEqual([false, 'tiles'])
    expect(ended('cancelled', { width: 360 })).toEqual([false, 'note'])
  })

  const film = (id: string) =>
    blockOfGroup(aGroup(id, { files: [anOutput(id, { media: 'video', filename: 'a.mp4', width: 1280, height: 720 })] }))

  it('gives the one film of a job a tile two rows high, beside other such jobs', () => {
    const wide = { ...options, width: 2000 }
    const heightsOf = (rows: readonly GalleryRow[]) =>
      rows.flatMap((row) => (row.type === 'tiles' ? [[row.boxes.length, row.tileHeight]] : []))
    const still = blockOfGroup(aGroup('still'))
    expect(heightsOf(galleryRows([], [film('a'), film('b'), still], wide))).toEqual([
      [2, 408],
      [1, 200],
    ])
  })

  it('packs a film as it does pictures where films alone would leave most of a line empty', () => {
    const still = (id: string) => blockOfGroup(aGroup(id))
    const rows = galleryRows([], [still('a'), film('b'), still('c')], { ...options, width: 2000 })
    const tiles = rows.filter((row) => row.type === 'tiles')
    expect(tiles.map((row) => [row.boxes.length, row.tileHeight])).toEqual([[3, 200]])
  })

  it('puts small jobs side by side, each picture inside its own job and whole', () => {
    const blocks = [0, 1, 2, 3].map((n) => blockOfGroup(aGroup(`job-${n}`, { at: 9 - n })))
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

describe('the files', () => {
  it('stand in rows of one list, each row with its day', () => {
    const items = [0, 1, 2, 3, 4, 5].map((n) => mixed(`job-${n}`).files.final[0]!)
    const rows = fileRows(items, options)
    expect(rows.flatMap((row) => row.boxes.map((box) => box.item))).toEqual(items)
    expect(rows.every((row) => row.at === 50)).toBe(true)
  })
})
