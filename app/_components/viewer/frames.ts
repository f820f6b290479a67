/**
 * @file Steps a paused video by single frames. Browsers tell no frame rate, but they tell of each frame on the screen when it
 * is shown in the film (`requestVideoFrameCallback`), so a step seeks until that time changes. Where they do not tell it,
 * a thirtieth of a second is a frame.
 */

const guess = 1 / 30
/** Shorter than a frame of any usual film. */
const nudge = 1 / 125
/** A frame lasts at most so many nudges: ten a second and more. */
const maxNudges = 13
/** Milliseconds after which a seek has led to the same frame again, which is not always told. */
const patience = 250

type FrameCallback = (now: number, frame: { mediaTime: number }) => void

/** What is needed of an `HTMLVideoElement`. */
export interface SteppedVideo {
  currentTime: number
  readonly duration: number
  readonly seeking: boolean
  pause(): void
  requestVideoFrameCallback?: (callback: FrameCallback) => number
}

export interface FrameStepper {
  /** Resolves when the new frame is on the screen, or there is none in this direction. */
  step(direction: -1 | 1): Promise<void>
}

export function createFrameStepper(video: SteppedVideo): FrameStepper {
  /** When the frame on the screen begins. */
  let shown: number | null = null
  /** Length of a frame in seconds, once two neighbours were seen. */
  let length: number | null = null
  let onFrame = () => {}
  /** Steps wait for each other: keys may come faster than frames. */
  let last: Promise<void> = Promise.resolve()

  const watch = () => {
    video.requestVideoFrameCallback?.((_, frame) => {
      shown = frame.mediaTime
      onFrame()
      watch()
    })
  }
  watch()

  async function stepOnce(direction: -1 | 1) {
    const from = shown ?? video.currentTime
    const isOther = () => shown !== null && Math.abs(shown - from) > nudge / 4
    if (direction < 0) await seek(from - nudge / 2)
    else if (length !== null) await seek(from + length * 1.1)
    else for (let n = 1; n <= maxNudges && !isOther(); n++) await seek(from + nudge * n)
    if (isOther()) length = Math.abs(shown! - from)
  }

  async function seek(to: number) {
    const end = Number.isFinite(video.duration) ? video.duration : to
    const told = new Promise<void>((resolve) => {
      const giveUp = () => {
        if (!video.seeking) return resolve()
        timer = setTimeout(giveUp, patience)
      }
      let timer = setTimeout(giveUp, patience)
      onFrame = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    video.currentTime = Math.min(Math.max(0, to), end)
    await told
    onFrame = () => {}
  }

  return {
    step(direction) {
      last = last.then(async () => {
        video.pause()
        if (video.requestVideoFrameCallback === undefined) video.currentTime += direction * guess
        else await stepOnce(direction)
      })
      return last
    },
  }
}
