/** @file Which files count as media, by name. By content: `platform/media-type.ts`. */

export const mediaKinds = ['image', 'video'] as const
export type MediaKind = (typeof mediaKinds)[number]

export const imageExtensions = ['.png', '.jpg', '.jpeg', '.gif', '.webp', '.bmp'] as const
export const videoExtensions = ['.mp4', '.webm', '.mov', '.avi'] as const

/** The media kind of a file name by its extension (any case), or null when the studio does not list it. */
export function mediaKindOfName(name: string): MediaKind | null {
  const dot = name.lastIndexOf('.')
  if (dot < 0) return null
  const extension = name.slice(dot).toLowerCase()
  if ((imageExtensions as readonly string[]).includes(extension)) return 'image'
  if ((videoExtensions as readonly string[]).includes(extension)) return 'video'
  return null
}
