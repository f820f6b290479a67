/** @file The moment a person begins to use the page: what may be needed from then on is loaded while the line is there. */

/** Whatever is not needed to look at the page comes when a person begins to use it. @returns forgets it */
export function onFirstUse(prepare: () => void): () => void {
  const used = new AbortController()
  const use = () => {
    used.abort()
    prepare()
  }
  for (const event of ['pointermove', 'pointerdown', 'keydown', 'dragenter'])
    addEventListener(event, use, { passive: true, signal: used.signal })
  return () => used.abort()
}
