/** @file What a block is called when it is asked for as a zip. Pure. */
import type { ZipSelection } from '../../_client/actions/files.ts'
import type { GalleryBlock } from './blocks.ts'

export const zipOf = (block: GalleryBlock, kind: 'final' | null): ZipSelection =>
  block.status === null
    ? { paths: kind === null ? block.paths : block.files.final.map((item) => item.path) }
    : { jobs: [block.id], ...(kind === null ? {} : { kinds: [kind] }) }
