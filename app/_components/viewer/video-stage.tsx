'use client'
/** @file The stage with one video: the browser's own controls, and a bar for what they lack (frames, speed, loop, a still). */
import { Camera, ChevronFirst, ChevronLast, Repeat } from 'lucide-react'
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react'
import type { MediaItem } from '../../_client/media-item.ts'
import { notify } from '../../_client/notify.ts'
import { useStudio } from '../../_client/studio.tsx'
import { fileUrl, thumbnailUrl } from '../../_client/urls.ts'
import { IconButton } from '../ui/button.tsx'
import { createFrameStepper, type FrameStepper } from './frames.ts'
import type { StageHandle } from './stage-commands.ts'
import { frameAsFile } from './still.ts'
import { Unshowable } from './unshowable.tsx'

const speeds = [0.25, 0.5, 1, 1.5, 2]

export function VideoStage({ item, ref }: { item: MediaItem; ref: Ref<StageHandle> }) {
  const { uploads } = useStudio()
  const video = useRef<HTMLVideoElement>(null)
  const stepper = useRef<FrameStepper | null>(null)
  const [loop, setLoop] = useState(true)
  const [speed, setSpeed] = useState(1)
  const [failed, setFailed] = useState(false)

  useEffect(() => {
    if (video.current) video.current.playbackRate = speed
  }, [speed])

  const step = (direction: -1 | 1) => {
    if (video.current === null) return
    stepper.current ??= createFrameStepper(video.current)
    void stepper.current.step(direction)
  }
  const changeSpeed = (by: -1 | 1) => {
    const at = speeds.indexOf(speed)
    setSpeed(speeds[Math.min(speeds.length - 1, Math.max(0, at + by))] ?? 1)
  }
  const saveFrame = async () => {
    if (video.current === null) return
    try {
      void uploads.add([await frameAsFile(video.current, item.name)])
    } catch {
      notify.error('This frame could not be saved')
    }
  }

  useImperativeHandle(ref, () => ({
    run(command) {
      if (command === 'toggle') {
        if (video.current?.paused) void video.current.play().catch(() => {})
        else video.current?.pause()
      } else if (command === 'frameBack') step(-1)
      else if (command === 'frameForward') step(1)
      else if (command === 'slower') changeSpeed(-1)
      else if (command === 'faster') changeSpeed(1)
      else if (command === 'saveFrame') void saveFrame()
    },
  }))

  if (failed) return <Unshowable item={item} />
  return (
    <div className="flex size-full flex-col">
      <div className="grid min-h-0 grow place-items-center">
        {/* biome-ignore lint/a11y/useMediaCaption: generated clips have no speech to caption */}
        <video
          ref={video}
          data-stage-video
          src={fileUrl(item.root, item.path)}
          poster={thumbnailUrl(item.root, item.path, 1280, item.version)}
          controls
          loop={loop}
          playsInline
          preload="metadata"
          aria-label={item.name}
          onError={() => setFailed(true)}
          className="max-h-full min-h-0 max-w-full"
        />
      </div>
      <div className="flex h-14 shrink-0 items-center justify-center gap-1 border-t border-line bg-canvas md:h-12">
        <IconButton label="One frame back (,)" onClick={() => step(-1)}>
          <ChevronFirst size={18} aria-hidden />
        </IconButton>
        <IconButton label="One frame on (.)" onClick={() => step(1)}>
          <ChevronLast size={18} aria-hidden />
        </IconButton>
        <label className="ml-2 flex items-center gap-2 text-sm text-muted">
          <span className="max-sm:sr-only">Speed</span>
          <select
            value={speed}
            title="Slower ([), faster (])"
            onChange={(event) => setSpeed(Number(event.target.value))}
            className="h-11 rounded-lg border border-line-strong bg-surface px-2 text-sm text-ink tabular-nums md:h-9"
          >
            {speeds.map((each) => (
              <option key={each} value={each}>
                {each}×
              </option>
            ))}
          </select>
        </label>
        <IconButton
          label={loop ? 'Plays again and again' : 'Stops at the end'}
          aria-pressed={loop}
          onClick={() => setLoop(!loop)}
        >
          <Repeat size={17} className={loop ? 'text-accent' : ''} aria-hidden />
        </IconButton>
        <IconButton label="Save this frame as an input (Shift + S)" onClick={() => void saveFrame()}>
          <Camera size={18} aria-hidden />
        </IconButton>
      </div>
    </div>
  )
}
