'use client'
/** @file Two files on one stage: under a line, side by side, or one after the other. Zoom and place are the same for both. */
import { type ReactNode, type Ref, useEffect, useImperativeHandle, useState } from 'react'
import { shortName } from '../../../_client/format/words.ts'
import type { MediaItem } from '../../../_client/media-item.ts'
import { useMedia } from '../../../_client/use-media.ts'
import { type StageHandle, zoomStep } from '../stage-commands.ts'
import { usePicture } from '../use-picture.ts'
import { useZoom, type Zoom } from '../use-zoom.ts'
import { comparedBoxes, type Size } from '../zoom.ts'
import type { CompareMode } from './compare-modes.ts'
import { Divider } from './divider.tsx'
import { Layer } from './layer.tsx'
import { createVideoPair } from './video-pair.ts'

interface CompareStageProps {
  a: MediaItem
  b: MediaItem
  mode: CompareMode
  /** the tools below the stage get the zoom and what plays */
  tools: (state: {
    zoom: Zoom
    videos: boolean
    blinking: boolean
    onBlink: () => void
    onPlay: () => void
  }) => ReactNode
  onStep: (direction: -1 | 1) => void
  ref: Ref<StageHandle>
}

/** Milliseconds that each of two blinking pictures is seen: slower than three flashes a second (WCAG 2.3.1). */
const blinkEvery = 800

export function CompareStage({ a, b, mode, tools, onStep, ref }: CompareStageProps) {
  const portrait = useMedia('(orientation: portrait)')
  const still = useMedia('(prefers-reduced-motion: reduce)')
  const [split, setSplit] = useState(0.5)
  const [side, setSide] = useState<'a' | 'b'>('b')
  const [blinking, setBlinking] = useState(!still)
  const panes = mode === 'side' ? (portrait ? { columns: 1, rows: 2 } : { columns: 2, rows: 1 }) : undefined

  const [sharp, setSharp] = useState(false)
  const ofA = useSized(a, sharp)
  const ofB = useSized(b, sharp)
  const larger = largerOf(ofA.size, ofB.size)
  const flip = () => setSide((before) => (before === 'a' ? 'b' : 'a'))
  const zoom = useZoom({
    picture: larger,
    ...(panes && { panes }),
    onSwipe: onStep,
    onTap: (at) => {
      if (mode === 'slider') setSplit(at.x)
      else if (mode === 'blink') {
        setBlinking(false)
        flip()
      }
    },
  })
  const { view, stage } = zoom
  useEffect(() => setSharp(view.scale !== 1), [view.scale])
  useEffect(() => {
    if (mode !== 'blink' || !blinking) return
    const timer = setInterval(() => setSide((before) => (before === 'a' ? 'b' : 'a')), blinkEvery)
    return () => clearInterval(timer)
  }, [mode, blinking])

  const [pair] = useState(createVideoPair)
  const hasVideo = a.media === 'video' || b.media === 'video'
  useImperativeHandle(ref, () => ({
    run(command) {
      if (command === 'toggle') {
        if (hasVideo) pair.toggle()
        else if (mode === 'blink') {
          setBlinking(false)
          flip()
        } else zoom.toggle()
      } else if (command === 'zoomIn') zoom.zoomBy(zoomStep)
      else if (command === 'zoomOut') zoom.zoomBy(1 / zoomStep)
      else if (command === 'fit') zoom.reset()
      else if (command === 'actual') zoom.zoomTo(zoom.actual)
      else if (command === 'frameBack') pair.step(-1)
      else if (command === 'frameForward') pair.step(1)
    },
  }))

  const boxes = ofA.size && ofB.size && stage.width > 0 ? comparedBoxes(ofA.size, ofB.size, stage) : null
  const layerA = boxes && (
    <Layer
      {...{ item: a, shown: ofA.shown, box: boxes.a, view, alt: `A: ${a.name}`, onVideoSize: ofA.learn }}
      videoRef={pair.setA}
    />
  )
  const layerB = boxes && (
    <Layer
      {...{ item: b, shown: ofB.shown, box: boxes.b, view, alt: `B: ${b.name}`, onVideoSize: ofB.learn }}
      videoRef={pair.setB}
    />
  )
  return (
    <div className="flex size-full flex-col">
      <div
        ref={zoom.stageRef}
        {...zoom.handlers}
        data-compare={mode}
        className={`relative min-h-0 grow touch-none overflow-hidden select-none ${view.scale > 1 ? 'cursor-grab active:cursor-grabbing' : ''}`}
      >
        {/* Without a size nothing can be placed: a video tells it when its head is there. */}
        {boxes === null && <Probe items={[a, b]} learn={[ofA.learn, ofB.learn]} />}
        {mode === 'slider' && (
          <>
            {layerB}
            <div className="absolute inset-0" style={{ clipPath: `inset(0 ${100 - split * 100}% 0 0)` }}>
              {layerA}
            </div>
            <Divider at={split} onMove={setSplit} />
            <Side letter="A" item={a} className="left-3" />
            <Side letter="B" item={b} className="right-3" />
          </>
        )}
        {mode === 'side' && (
          <div className={`grid size-full ${portrait ? 'grid-rows-2' : 'grid-cols-2'}`}>
            <div className="relative overflow-hidden">
              {layerA}
              <Side letter="A" item={a} className="left-3" />
            </div>
            <div className={`relative overflow-hidden ${portrait ? 'border-t' : 'border-l'} border-line-strong`}>
              {layerB}
              <Side letter="B" item={b} className="left-3" />
            </div>
          </div>
        )}
        {mode === 'blink' && (
          <>
            <div className="absolute inset-0" style={{ visibility: side === 'a' ? 'visible' : 'hidden' }}>
              {layerA}
            </div>
            <div className="absolute inset-0" style={{ visibility: side === 'b' ? 'visible' : 'hidden' }}>
              {layerB}
            </div>
            <Side letter={side === 'a' ? 'A' : 'B'} item={side === 'a' ? a : b} className="left-3" />
          </>
        )}
      </div>
      {tools({
        zoom,
        videos: hasVideo,
        blinking: mode === 'blink' && blinking,
        onBlink: () => setBlinking(!blinking),
        onPlay: () => pair.toggle(),
      })}
    </div>
  )
}

/** Which side is which, on the picture. */
const Side = ({ letter, item, className }: { letter: 'A' | 'B'; item: MediaItem; className: string }) => (
  <p
    className={`pointer-events-none absolute top-3 z-10 flex max-w-[45%] items-center gap-2 rounded-lg bg-scrim px-2 py-1 text-sm text-on-scrim ${className}`}
  >
    <span className="font-semibold">{letter}</span>
    <span className="truncate">{shortName(item.name, 24)}</span>
  </p>
)

/** The item's picture and size; a video tells its size when its head is loaded. */
function useSized(item: MediaItem, sharp: boolean) {
  const { shown } = usePicture(item, sharp)
  const [learned, learn] = useState<{ key: string; size: Size } | null>(null)
  const known = item.width && item.height ? { width: item.width, height: item.height } : null
  const seen = shown?.key === item.key ? shown.size : learned?.key === item.key ? learned.size : null
  return { shown, size: known ?? seen, learn: (size: Size) => learn({ key: item.key, size }) }
}

function largerOf(a: Size | null, b: Size | null): Size | null {
  if (a === null || b === null) return a ?? b
  return a.width * a.height >= b.width * b.height ? a : b
}

/** Reads the size of videos that no listing told. */
function Probe({ items, learn }: { items: readonly MediaItem[]; learn: readonly ((size: Size) => void)[] }) {
  return items.map((item, index) =>
    item.media === 'video' ? (
      <div key={item.key} className="invisible absolute">
        <Layer
          item={item}
          shown={null}
          box={{ width: 1, height: 1 }}
          view={{ scale: 1, x: 0, y: 0 }}
          alt=""
          onVideoSize={learn[index]!}
          videoRef={null}
        />
      </div>
    ) : null,
  )
}
