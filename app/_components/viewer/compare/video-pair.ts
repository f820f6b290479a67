/** @file Two videos that play as one: started, stopped and stepped together, the second held to the first one's time. */
import { createFrameStepper, type FrameStepper } from '../frames.ts'

export interface VideoPair {
  setA: (video: HTMLVideoElement | null) => void
  setB: (video: HTMLVideoElement | null) => void
  toggle(): void
  step(direction: -1 | 1): void
}

/** Seconds that one may be ahead before it is brought back. */
const tolerance = 0.08

export function createVideoPair(): VideoPair {
  let a: HTMLVideoElement | null = null
  let b: HTMLVideoElement | null = null
  const steppers = new WeakMap<HTMLVideoElement, FrameStepper>()
  const all = () => [a, b].filter((video) => video !== null)
  const holdTogether = () => {
    if (a && b && Math.abs(a.currentTime - b.currentTime) > tolerance && a.currentTime < b.duration) {
      b.currentTime = a.currentTime
    }
  }
  return {
    setA(video) {
      a?.removeEventListener('timeupdate', holdTogether)
      a = video
      a?.addEventListener('timeupdate', holdTogether)
    },
    setB(video) {
      b = video
      holdTogether()
      if (a && !a.paused) void b?.play().catch(() => {})
    },
    toggle() {
      const paused = all().every((video) => video.paused)
      if (paused) holdTogether()
      for (const video of all()) {
        if (paused) void video.play().catch(() => {})
        else video.pause()
      }
    },
    step(direction) {
      for (const video of all()) {
        const stepper = steppers.get(video) ?? createFrameStepper(video)
        steppers.set(video, stepper)
        void stepper.step(direction)
      }
    },
  }
}
