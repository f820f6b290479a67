/** @file Which directory the tags of an upload name. Pure but for the table of places. */
import type { AssetPlaces } from './asset-places.ts'
import { modelTypePrefix } from './asset-places.ts'
import { invalidField } from './errors.ts'

const rootTags = ['models', 'input', 'output'] as const

/**
 * Newer clients send exactly one root tag anywhere and, for models, one `model_type:<folder>`; older ones send the root
 * first and a model folder second. Both are understood.
 * @returns an absolute directory
 * @throws AssetError INVALID_BODY
 */
export function destinationOf(
  tags: readonly string[],
  places: AssetPlaces,
  directories: { input: string; output: string },
): string {
  const roots = rootTags.filter((root) => tags.includes(root))
  if (roots.length !== 1)
    throw invalidField('INVALID_BODY', 'tags', 'Exactly one of models, input and output is needed.')
  const [root] = roots as [(typeof rootTags)[number]]
  if (root !== 'models') return directories[root]
  const types = tags.filter((tag) => tag.startsWith(modelTypePrefix)).map((tag) => tag.slice(modelTypePrefix.length))
  if (types.length > 1) throw invalidField('INVALID_BODY', 'tags', 'Only one model_type: tag is possible.')
  const folder = types[0] ?? (tags[0] === 'models' ? tags[1] : undefined)
  const directory = folder === undefined ? null : places.modelDirectory(folder)
  if (directory === null) {
    throw invalidField('INVALID_BODY', 'tags', 'A model needs a model_type:<folder> tag that names a model folder.')
  }
  return directory
}
