import { describe, expect, it, vi } from 'vitest'
import { createFrameStepper, type SteppedVideo } from './frames.ts'

/** A paused film that shows, after each seek, the frame of that moment; `tells` says whether it tells of it. */
function film(fps: number, { frames = 100, tells = true } = {}) {
  let at = 0
  let waiting: ((now: number, frame: { mediaTime: number }) => void) | null = null
  const video = {
    duration: frames / fps,
    seeking: false,
    pause: vi.fn(),
    get currentTime() {
      return at
    },
    set currentTime(to: number) {
      at = to
      queueMicrotask(() => {
        const callback = waiting
        waiting = null
        callback?.(0, { mediaTime: frame() / fps })
      })
    },
    ...(tells && {
      requestVideoFrameCallback: (callback: NonNullable<typeof waiting>) => {
        waiting = callback
        return 1
      },
    }),
  } satisfies SteppedVideo
  const frame = () => Math.min(frames - 1, Math.floor(at * fps + 1e-6))
  return { video, frame }
}

describe('stepping by frames', () => {
  it.each([12, 16, 24, 29.97, 60])(
    'shows the next and the previous frame of a film of %s frames a second',
    async (fps) => {
      const { video, frame } = film(fps)
      const stepper = createFrameStepper(video)
      const seen: number[] = []
      for (const direction of [1, 1, 1, -1, 1, -1, -1] as const) {
        await stepper.step(direction)
        seen.push(frame())
      }
      expect(seen).toEqual([1, 2, 3, 2, 3, 2, 1])
      expect(video.pause).toHaveBeenCalled()
    },
  )

  it('stays within the film', async () => {
    const { video, frame } = film(24, { frames: 2 })
    const stepper = createFrameStepper(video)
    await stepper.step(-1)
    expect(frame()).toBe(0)
    for (let n = 0; n < 4; n++) await stepper.step(1)
    expect(frame()).toBe(1)
  })

  it('takes a thirtieth of a second for a frame where the browser does not tell', async () => {
    const { video } = film(24, { tells: false })
    await createFrameStepper(video).step(1)
    expect(video.currentTime).toBeCloseTo(1 / 30)
  })
})
