import { expect, it } from 'vitest'
import { cacheControlFor } from './cache-headers.ts'

it.each([
  ['/app.js', 200, 'no-store'],
  ['/app.css', 404, 'no-store'],
  ['/assets/index.json', 200, 'no-store'],
  ['/assets/index-abc.json', 200, 'no-store'],
  ['/data.json', 200, null],
  ...['jpg', 'jpeg', 'png', 'ppm', 'bmp', 'pgm', 'tif', 'tiff', 'webp'].map(
    (extension) => [`/a.${extension}`, 200, 'public, max-age=86400'] as const,
  ),
  ['/a.PNG', 206, 'public, max-age=86400'],
  ['/a.png', 404, 'public, max-age=3600'],
  ['/a.png', 302, 'no-cache'],
  ['/a.png', 303, 'no-cache'],
  ['/a.png', 307, 'no-cache'],
  ['/a.png', 500, null],
  ['/view', 200, null],
  ['/prompt', 200, null],
] as const)('%s answered %i may be kept: %s', (path, status, value) => {
  expect(cacheControlFor(path, status)).toBe(value)
})
