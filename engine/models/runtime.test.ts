import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findProjectRoot } from '#platform/project-root'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'runtime-home-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const openSession = `
  import { loadRuntime, sessionOptions } from './engine/models/runtime.ts'
  const { InferenceSession } = await loadRuntime()
  const session = await InferenceSession.create(process.argv[1], sessionOptions('cpu', 1))
  await session.release()
`

it('a session reports to nobody: no device id, no queue of reports', async () => {
  const root = findProjectRoot()
  const [model] = (await readdir(join(root, 'studio-data/defaults/models/background_removal'))).filter((name) =>
    name.endsWith('.onnx'),
  )
  await promisify(execFile)(
    process.execPath,
    [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      openSession,
      join(root, 'studio-data/defaults/models/background_removal', model!),
    ],
    {
      cwd: root,
      env: { PATH: process.env.PATH, HOME: home, TMPDIR: home, TSX_DISABLE_CACHE: '1' } as unknown as NodeJS.ProcessEnv,
    },
  )
  expect(await readdir(home, { recursive: true })).toEqual([])
})
