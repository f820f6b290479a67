import { mkdtemp, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readExtraModelPaths } from './extra-model-paths.ts'
import { createModelFolders } from './model-folders.ts'

async function fileOf(text: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'extra-models-')), 'extra_model_paths.yaml')
  await writeFile(file, text)
  return file
}

const environment = { MODELS: '/mnt/models' } as unknown as NodeJS.ProcessEnv

it('reads sections with a base path, folders of one and of several directories, and comments', async () => {
  const file = await fileOf(`
# another installation
comfyui:
  base_path: \${MODELS}/comfy
  is_default: true
  checkpoints: models/checkpoints/
  clip: |
    models/text_encoders/
    /abs/clip
empty:
`)
  expect(await readExtraModelPaths(file, environment)).toEqual([
    { folder: 'checkpoints', directory: '/mnt/models/comfy/models/checkpoints', isDefault: true },
    { folder: 'clip', directory: '/mnt/models/comfy/models/text_encoders', isDefault: true },
    { folder: 'clip', directory: '/abs/clip', isDefault: true },
  ])
})

it('takes base paths from the home directory and from where the file lies', async () => {
  const file = await fileOf('a:\n  base_path: ~/m\n  vae: v\nb:\n  base_path: near\n  vae: v\nc:\n  vae: v\n')
  const directories = (await readExtraModelPaths(file, environment)).map(({ directory }) => directory)
  expect(directories).toEqual([join(homedir(), 'm/v'), join(file, '../near/v'), join(file, '../v')])
})

it.each(['[1, 2]', 'a: text', 'a: [x]', ': : :\n- x'])('refuses %j in words', async (text) => {
  await expect(readExtraModelPaths(await fileOf(text), environment)).rejects.toThrow()
})

it('puts default directories in front and others behind; old names are understood and new folders made', () => {
  const folders = createModelFolders({
    modelRoots: ['/own'],
    customNodes: '/nodes',
    extraModels: [
      { folder: 'unet', directory: '/x/unet', isDefault: true },
      { folder: 'unet', directory: '/y/unet', isDefault: true },
      { folder: 'loras', directory: '/x/loras', isDefault: false },
      { folder: 'my_kind', directory: '/x/kind', isDefault: false },
    ],
  })
  expect(folders.get('diffusion_models')!.directories).toEqual([
    ...['/x/unet', '/y/unet', '/own/diffusion_models', '/own/unet'],
  ])
  expect(folders.get('loras')!.directories).toEqual(['/own/loras', '/x/loras'])
  expect(folders.get('my_kind')).toMatchObject({ directories: ['/x/kind'], extensions: [] })
})
