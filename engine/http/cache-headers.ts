/** @file Cache-Control by the path that was asked for, as ComfyUI sets it. */

const codePath = /(\.(js|css)|\/index[^/]*\.json)$/i
const imagePath = /\.(jpg|jpeg|png|ppm|bmp|pgm|tif|tiff|webp)$/i

/** @param path - of the request, without the query @returns the header's value, or null to set none */
export function cacheControlFor(path: string, status: number): string | null {
  if (codePath.test(path)) return 'no-store'
  if (!imagePath.test(path)) return null
  if (status === 404) return 'public, max-age=3600'
  if (status === 302 || status === 303 || status === 307) return 'no-cache'
  return status >= 200 && status < 300 ? 'public, max-age=86400' : null
}
