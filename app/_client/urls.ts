/** @file Addresses of bytes: files, thumbnails, packages, previews. JSON endpoints stay with their queries. */
import type { MediaRoot } from './media-item.ts'

/** Widths the server makes thumbnails in, CSS pixels times the screen's density. */
export type ThumbnailWidth = 320 | 480 | 1280

const segments = (path: string) => path.split('/').map(encodeURIComponent).join('/')

/** `outputs/job/final/a.png`, as the end of an address. */
export const assetPath = (root: MediaRoot, path: string) => `${root}/${segments(path)}`

/** The original bytes of a file; supports ranges. */
export const fileUrl = (root: MediaRoot, path: string) => `/api/admin/files/${assetPath(root, path)}`

/** A WebP picture of a file (a poster for a video); `version` names the content, so it may be cached for good. */
export const thumbnailUrl = (root: MediaRoot, path: string, width: ThumbnailWidth, version: string) =>
  `/api/admin/thumbnails/${assetPath(root, path)}?w=${width}&v=${encodeURIComponent(version)}`

/** Ten frames of a video side by side, as one WebP. */
export const stripUrl = (root: MediaRoot, path: string, version: string) =>
  `/api/admin/strips/${root}/${segments(path)}?v=${encodeURIComponent(version)}`

/** Everything of one job as an archive: graph, inputs, record, results. */
export const packageUrl = (job: string) => `/api/admin/jobs/${encodeURIComponent(job)}/package`

/** The newest preview frame of a running job. */
export const previewUrl = (job: string) => `/api/admin/jobs/${encodeURIComponent(job)}/preview`

/** All outputs as one archive. */
export const outputsZipUrl = '/api/admin/outputs-zip'

/** Starts a download by an ordinary link, so that the browser shows progress and can resume. */
export function downloadByLink(url: string, filename = '') {
  const link = document.createElement('a')
  link.href = url
  link.download = filename
  link.rel = 'noopener'
  document.body.append(link)
  link.click()
  link.remove()
}
