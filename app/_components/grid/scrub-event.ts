/** @file How the grid tells a video's tile to look on: a custom event at its button, `detail` one frame back or on. */
export const scrubEvent = 'studio:scrub'
