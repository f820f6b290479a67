import { existsSync } from 'node:fs'
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeleteResult, TrashEntry, TrashFile } from '#contracts/assets'
import { type AssetApp, startAssetApp } from './testing/asset-app.ts'

let studio: AssetApp
beforeEach(async () => {
  studio = await startAssetApp()
})
afterEach(() => studio.close())

async function remove(type: string, files: string[], trash?: boolean): Promise<DeleteResult> {
  const response = await studio.post('/assets/delete', { type, files, ...(trash && { trash }) })
  expect(response.status).toBe(200)
  return (await response.json()) as DeleteResult
}
const output = (path: string) => join(studio.roots.outputs, path)

describe('deleting', () => {
  it('removes a job folder, a nested file and input files, and says what was not found', async () => {
    await studio.write('output/job1/final/a.png')
    await studio.write('output/job2/final/a.png')
    await studio.write('output/job2/final/b.png')
    await studio.write('input/photo1.png')
    expect(await remove('outputs', ['job1/', 'job2/final/a.png', 'nonexistent_file.png'])).toEqual({
      deleted: ['job1/', 'job2/final/a.png'],
      errors: ['nonexistent_file.png: not found'],
    })
    expect(await remove('inputs', ['photo1.png', 'photo2.jpg'])).toEqual({
      deleted: ['photo1.png'],
      errors: ['photo2.jpg: not found'],
    })
    expect(existsSync(output('job1'))).toBe(false)
    expect(await readdir(output('job2/final'))).toEqual(['b.png'])
    expect(studio.deeds).toEqual([
      { type: 'assets.deleted', data: { files: ['job1/', 'job2/final/a.png'], type: 'outputs' } },
      { type: 'assets.deleted', data: { files: ['photo1.png'], type: 'inputs' } },
    ])
    const listing = (await (await studio.get('/assets/outputs')).json()) as { studio_jobs: { image_count: number }[] }
    expect(listing.studio_jobs.map((job) => job.image_count)).toEqual([1])
    expect(await readdir(join(studio.directory, 'trash'))).toEqual([])
  })

  it('refuses every path that could lead out, and the root itself', async () => {
    await studio.write('output/job/final/a.png')
    const hostile = [
      '',
      '.',
      './',
      '..',
      '../input',
      '/etc',
      '/',
      'a/../b',
      'job//final',
      'job\\final',
      'x\u0000',
      'a\nb',
    ]
    const { deleted, errors } = await remove('outputs', [...hostile, 'x'.repeat(300)])
    expect(deleted).toEqual([])
    expect(errors).toEqual([...hostile, 'x'.repeat(300)].map((path) => `${path}: invalid path`))
    expect(existsSync(output('job/final/a.png'))).toBe(true)
    expect(studio.deeds).toEqual([])
  })

  it('refuses a directory below the top level and everything of a running job', async () => {
    await studio.write('output/done/final/a.png')
    await studio.write('output/busy/final/a.png')
    await studio.write('output/busy/.incomplete', '')
    expect(await remove('outputs', ['done/final', 'busy', 'busy/final/a.png', 'busy/.incomplete'])).toEqual({
      deleted: [],
      errors: [
        'done/final: directory deletion not allowed',
        'busy: job is running',
        'busy/final/a.png: job is running',
        'busy/.incomplete: not found',
      ],
    })
    expect(existsSync(output('busy/.incomplete'))).toBe(true)
  })

  it('takes names with two dots in them', async () => {
    await studio.write('input/my..photo.png')
    expect((await remove('inputs', ['my..photo.png'])).deleted).toEqual(['my..photo.png'])
  })

  it('unlinks a link and never follows one', async () => {
    const outside = join(studio.directory, 'outside')
    await mkdir(outside)
    await writeFile(join(outside, 'precious.png'), 'keep me')
    await symlink(outside, output('linked'))
    await studio.write('output/job/final/a.png')
    await symlink(outside, output('job/inner'))
    expect(await remove('outputs', ['linked/precious.png', 'job/inner/precious.png', 'linked', 'job'])).toEqual({
      deleted: ['linked', 'job'],
      errors: ['linked/precious.png: not found', 'job/inner/precious.png: not found'],
    })
    expect(await readFile(join(outside, 'precious.png'), 'utf8')).toBe('keep me')
  })

  it('never touches anything outside the root, the root, or what was not named', async () => {
    const pieces = fc.constantFrom(
      '..',
      '.',
      '',
      'job',
      'final',
      'a.png',
      'keep',
      '/',
      '\\',
      'link',
      '%2e%2e',
      '.hidden',
    )
    const anyPath = fc.oneof(
      fc.array(pieces, { maxLength: 5 }).map((parts) => parts.join('/')),
      fc.string({ maxLength: 12 }),
    )
    await writeFile(join(studio.directory, 'assets/bystander.png'), 'x')
    await fc.assert(
      fc.asyncProperty(fc.array(anyPath, { maxLength: 6 }), fc.boolean(), async (paths, trash) => {
        await studio.write('output/keep/final/k.png')
        await studio.write('output/job/final/a.png')
        await symlink('..', output('link')).catch(() => undefined)
        const { deleted, errors } = await remove('outputs', paths, trash)
        expect(deleted.length + errors.length).toBe(paths.length)
        expect((await lstat(studio.roots.outputs)).isDirectory()).toBe(true)
        expect(existsSync(join(studio.directory, 'assets/bystander.png'))).toBe(true)
        expect(existsSync(studio.roots.inputs)).toBe(true)
        const named = (path: string) => deleted.some((entry) => entry.replace(/\/$/, '') === path)
        if (!named('keep')) expect(existsSync(output('keep/final/k.png'))).toBe(true)
        if (!named('job') && !named('job/final/a.png')) expect(existsSync(output('job/final/a.png'))).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  it('tells bad bodies apart', async () => {
    const status = async (body: unknown) => {
      const response = await studio.post('/assets/delete', body)
      const { detail } = (await response.json()) as { detail: unknown }
      expect(typeof detail).toBe('string')
      return [response.status, detail]
    }
    expect((await status('{"type":'))[0]).toBe(400)
    expect(await status({ files: ['a'] })).toEqual([400, 'Invalid type'])
    expect(await status({ type: 'models', files: ['a'] })).toEqual([400, 'Invalid type'])
    expect((await status([]))[0]).toBe(422)
    expect((await status({ type: 'inputs' }))[0]).toBe(422)
    expect((await status({ type: 'inputs', files: [1] }))[0]).toBe(422)
    expect((await status({ type: 'inputs', files: 'a' }))[0]).toBe(422)
    expect((await status({ type: 'inputs', files: Array(10_001).fill('a') }))[0]).toBe(413)
    const form = await studio.get('/assets/delete', { method: 'POST', body: 'type=inputs' })
    expect(form.status).toBe(400)
  })
})

describe('the trash', () => {
  const entries = async () =>
    (await (await studio.get('/trash')).json()) as { entries: TrashEntry[]; total_size: number }

  it('keeps what was deleted until it is restored or purged', async () => {
    await studio.write('output/job/final/a.png', '12345')
    await studio.write('input/p.png', '123')
    expect(await remove('outputs', ['job'], true)).toEqual({ deleted: ['job'], errors: [] })
    await remove('inputs', ['p.png'], true)
    expect(existsSync(output('job'))).toBe(false)
    const { entries: held, total_size } = await entries()
    expect(total_size).toBe(8)
    expect(held.map(({ type, path, is_directory, size }) => ({ type, path, is_directory, size }))).toEqual(
      expect.arrayContaining([
        { type: 'outputs', path: 'job', is_directory: true, size: 5 },
        { type: 'inputs', path: 'p.png', is_directory: false, size: 3 },
      ]),
    )
    const [job, photo] = [held.find((e) => e.path === 'job')!, held.find((e) => e.path === 'p.png')!]
    const restored = await (await studio.post('/trash/restore', { ids: [job.id, 'unknown'] })).json()
    expect(restored).toEqual({ done: [job.id], errors: ['unknown: not found'] })
    expect(await readFile(output('job/final/a.png'), 'utf8')).toBe('12345')
    expect(studio.deeds.at(-1)).toEqual({ type: 'assets.restored', data: { files: ['job'], type: 'outputs' } })
    expect(await (await studio.post('/trash/purge', { ids: [photo.id] })).json()).toEqual({
      done: [photo.id],
      errors: [],
    })
    expect(await entries()).toEqual({ entries: [], total_size: 0, keeps: { days: 7, settings_days: 30 } })
    expect(await readdir(join(studio.directory, 'trash'))).toEqual([])
  })

  it('puts a file back into a folder that is gone, and never replaces what is there', async () => {
    await studio.write('output/job/final/a.png', 'old')
    await remove('outputs', ['job/final/a.png'], true)
    await remove('outputs', ['job'])
    const [entry] = (await entries()).entries
    expect(
      ((await (await studio.post('/trash/restore', { ids: [entry!.id] })).json()) as { done: string[] }).done,
    ).toHaveLength(1)
    expect(await readFile(output('job/final/a.png'), 'utf8')).toBe('old')
    await remove('outputs', ['job/final/a.png'], true)
    await studio.write('output/job/final/a.png', 'new')
    const [again] = (await entries()).entries
    expect(await (await studio.post('/trash/restore', { ids: [again!.id] })).json()).toEqual({
      done: [],
      errors: [`${again!.id}: something with this name is there already`],
    })
    expect(await readFile(output('job/final/a.png'), 'utf8')).toBe('new')
  })

  it('shows what lies in it: the files of a job with their kinds, a single file as itself', async () => {
    await studio.write('output/job/final/a.png', '12345')
    await studio.write('output/job/preview/b.webp', '12')
    await studio.write('output/job/job.json', '{}')
    await studio.write('output/other/intermediate/c.mp4', '123')
    await remove('outputs', ['job', 'other/intermediate/c.mp4'], true)
    const held = (await entries()).entries
    const idOf = (path: string) => held.find((entry) => entry.path === path)!.id
    const filesOf = async (id: string) =>
      ((await (await studio.get(`/trash/${id}/files`)).json()) as { files: TrashFile[] }).files
    const [job, single] = [idOf('job'), idOf('other/intermediate/c.mp4')]
    const files = await filesOf(job)
    expect(files).toMatchObject([
      { path: `${job}/job/final/a.png`, size: 5, media: 'image', kind: 'final' },
      { path: `${job}/job/preview/b.webp`, size: 2, media: 'image', kind: 'preview' },
    ])
    expect(await filesOf(single)).toMatchObject([
      { path: `${single}/c.mp4`, size: 3, media: 'video', kind: 'intermediate' },
    ])
    const response = await studio.get(`/files/trash/${files[0]!.path}`)
    expect(await response.text()).toBe('12345')
    expect(response.headers.get('content-disposition')).toContain('filename="a.png"')
    expect((await studio.get('/trash/unknown/files')).status).toBe(404)
  })

  it('shows nothing else: no records, no links, no other names, nothing outside', async () => {
    await studio.write('secret.png', 'secret')
    await studio.write('output/job/final/a.png', '1')
    await studio.write('output/job/.marks.json', '{}')
    await symlink(join(studio.directory, 'assets/secret.png'), output('job/final/link.png'))
    await studio.write('input/p.png', '1')
    await remove('outputs', ['job'], true)
    await remove('inputs', ['p.png'], true)
    const held = (await entries()).entries
    const job = held.find((entry) => entry.path === 'job')!.id
    const photo = held.find((entry) => entry.path === 'p.png')!.id
    for (const path of [
      ...[job, `${job}/entry.json`, `${job}/item`, `${job}/item/final/a.png`, `${job}/job`, `${job}/job/.marks.json`],
      ...[`${job}/job/final/link.png`, `${job}/job/../entry.json`, `${job}/job/%2e%2e/%2e%2e/secret.png`],
      ...[`${photo}/item`, `${photo}/q.png`, `${photo}/p.png/p.png`, `unknown/p.png`, `../assets/secret.png`],
    ]) {
      expect((await studio.get(`/files/trash/${path}`)).status, path).toBe(404)
    }
  })

  it('is the same after a restart', async () => {
    await studio.write('input/p.png', '123')
    await remove('inputs', ['p.png'], true)
    const before = await entries()
    const { directory } = studio
    const second = await startAssetApp({ directory })
    try {
      expect(await (await second.get('/trash')).json()).toEqual(before)
    } finally {
      await second.close()
    }
  })
})
