/** @file What a save node writes into its file besides pictures: the graph, unless the engine was told not to. */
import { metadataTexts, type PngText } from '../images/png-text.ts'
import type { NodeContext } from './define.ts'

/** `prompt`, then each key of the extra data; nothing when metadata is switched off. */
export function embeddedTexts({ metadata, prompt, extraPngInfo }: NodeContext): PngText[] {
  return metadata === false ? [] : metadataTexts(prompt, extraPngInfo)
}
