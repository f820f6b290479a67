/** @file What a person can do about a failed job, from the kind and the words of its error. Pure. */
import type { JobError } from '#contracts/jobs'

const outOfMemory = /out of memory|bad_alloc|allocat\w+ .*fail|cannot allocate|OutOfMemory/i

const cures: readonly [RegExp, string][] = [
  [
    outOfMemory,
    'Try a smaller picture, fewer frames, or a smaller model. Nothing else has to be closed: the memory was given back.',
  ],
  [
    /disk is full|ENOSPC|no space left|EDQUOT/i,
    'Free some space (the Pod page shows what fills the disk), then retry: nothing else has to change.',
  ],
  [
    /RunnerCrashed/,
    'The process that computes died and was started again. Retry once; if it happens again, the picture or the model is probably too large for this pod.',
  ],
  [
    /ENOENT|no such file|not found|is not there|does not exist|could not be opened/i,
    'A file it needs is missing. Edit the settings and choose it again, or put it back.',
  ],
  [
    /shape|dimension|channels|mismatch|size/i,
    'Two parts do not fit together: check that picture sizes and the chosen models belong to each other, then edit and retry.',
  ],
]

/** What other runs hold in the GPU's memory can be given back. */
export const isOutOfMemory = (error: JobError) => outOfMemory.test(`${error.type} ${error.message}`)

/** One sentence or two; there is always something to try. */
export function whatToTry(error: JobError): string {
  const words = `${error.type} ${error.message}`
  const cure = cures.find(([pattern]) => pattern.test(words))?.[1]
  return cure ?? 'Retry if something outside the job may have caused it; else edit the settings and try other values.'
}
