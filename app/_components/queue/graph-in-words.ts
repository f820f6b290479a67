/** @file What a graph says of a run, in the order a person cares for: prompt, pictures, seed, size, model. Pure. */
import type { GraphSetting } from '#contracts/jobs'
import { givenName, shortName } from '../../_client/format/words.ts'

/** @param settings - prompts first, as the server lists them */
export function graphInWords(settings: readonly GraphSetting[]): string[] {
  const first = (type: GraphSetting['type']) =>
    settings.find((setting) => setting.type === type && setting.value !== '')
  const numberOf = (input: string) =>
    settings.find((setting) => setting.type === 'int' && setting.input === input)?.value
  const files = settings.filter(({ type }) => type === 'image' || type === 'video')
  const [prompt, seed, model] = [first('text'), first('seed'), first('model')]
  const [width, height] = [numberOf('width'), numberOf('height')]
  return [
    ...(prompt ? [`“${shortName(String(prompt.value), 40)}”`] : []),
    ...files.slice(0, 2).map(({ value }) => shortName(givenName(String(value)), 28)),
    ...(seed ? [`Seed ${seed.value}`] : []),
    ...(width !== undefined && height !== undefined ? [`${width} × ${height}`] : []),
    ...(model ? [shortName(String(model.value), 28)] : []),
  ]
}
