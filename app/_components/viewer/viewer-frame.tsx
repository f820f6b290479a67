'use client'
/** @file The open viewer: stage, bars and panel, and what each key and button does to them. */
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useDelete } from '../../_client/actions/use-delete.ts'
import { type MediaItem, trashEntryOf } from '../../_client/media-item.ts'
import { usePreferences, useStudio } from '../../_client/studio.tsx'
import { leaveStep, replaceParams, useParam } from '../../_client/url-state.ts'
import { useMedia } from '../../_client/use-media.ts'
import { Confirm } from '../ui/dialog.tsx'
import { part } from '../ui/part.tsx'
import { compareModeOf, nextMode } from './compare/compare-modes.ts'
import { useComparedItem } from './compare/use-compared-item.ts'
import { Details } from './details.tsx'
import { PictureStage } from './picture-stage.tsx'
import type { StageCommand, StageHandle } from './stage-commands.ts'
import { StepArrows } from './step-arrows.tsx'
import { usePreload } from './use-picture.ts'
import { useViewerActions } from './use-viewer-actions.ts'
import { VideoStage } from './video-stage.tsx'
import type { TrashedActions } from './viewer.tsx'
import { ViewerActionBar, ViewerHeader } from './viewer-bars.tsx'
import { focusOf, type ViewerCommand, viewerCommand } from './viewer-keys.ts'

const CompareStage = part(() => import('./compare/compare-stage.tsx').then((module) => module.CompareStage))
const CompareTools = part(() => import('./compare/compare-tools.tsx').then((module) => module.CompareTools))
const DifferencesPanel = part(() => import('./compare/differences.tsx').then((module) => module.DifferencesPanel))

interface ViewerFrameProps {
  items: readonly MediaItem[]
  item: MediaItem
  index: number
  trashed?: TrashedActions | undefined
}

export function ViewerFrame({ items, item, index, trashed }: ViewerFrameProps) {
  const { selection, preferences, undo } = useStudio()
  const letters = usePreferences((state) => state.shortcuts)
  const remove = useDelete()
  const actions = useViewerActions(item)
  const stage = useRef<StageHandle>(null)
  const root = useRef<HTMLDivElement>(null)
  const [asking, setAsking] = useState(false)
  const [zoomed, setZoomed] = useState(false)
  const panel = usePanel()

  const [pinned] = useParam('with')
  const [compare] = useParam('compare')
  const a = useComparedItem(pinned, items)
  const mode = a === null ? null : compareModeOf(compare)
  usePreload(items, index, zoomed)

  // Before it is seen: the next key is meant for it.
  useLayoutEffect(() => root.current?.focus(), [])
  const step = useCallback(
    (by: number) => {
      const next = items[index + by]
      if (next) replaceParams({ file: next.path })
    },
    [items, index],
  )
  const close = () => leaveStep({ file: null, with: null, compare: null })
  const stopComparing = () => replaceParams({ with: null, compare: null })
  const discard = (forGood: boolean) => {
    leave(items[index + 1] ?? items[index - 1])
    if (item.root !== 'trash') void remove(item.root, [item.path], item.name, forGood)
    else trashed?.purge(item)
  }
  const takeBack = () => {
    leave(items[index + 1] ?? items[index - 1])
    trashed?.restore(item)
  }
  /** To the one beside it, unless that goes with it: a job in the trash is one thing. */
  const leave = (next: MediaItem | undefined) => {
    const stays = next && (item.root !== 'trash' || trashEntryOf(next) !== trashEntryOf(item))
    if (stays) replaceParams({ file: next.path })
    else close()
  }
  const compareWith = (other: MediaItem) => replaceParams({ with: other.key, compare: 'slider' })

  const run: Record<Exclude<ViewerCommand, StageCommand>, () => void> = {
    close: () => (mode === null ? close() : stopComparing()),
    previous: () => step(-1),
    next: () => step(1),
    first: () => step(-index),
    last: () => step(items.length - 1 - index),
    trash: () => (trashed ? setAsking(true) : discard(false)),
    deleteForGood: () => setAsking(true),
    undo: () => void undo.undo(),
    lock: () => preferences.setState(({ zoomLock }) => ({ zoomLock: !zoomLock })),
    star: () => actions.mark('star'),
    reject() {
      if (trashed) return takeBack()
      actions.mark('reject')
      if (item.mark !== 'reject') step(1)
    },
    select: () => item.root !== 'trash' && selection.getState().toggle(item),
    details: panel.toggle,
    download: actions.download,
    downloadJob: actions.downloadJob,
    reuse: actions.reuse,
    newSeed: actions.newSeed,
    asInput: actions.asInput,
    compare() {
      if (mode !== null) stopComparing()
      else if (a === null) replaceParams({ with: item.key })
      else if (a.key === item.key) replaceParams({ with: null })
      else replaceParams({ compare: 'slider' })
    },
    compareMode: () => mode !== null && replaceParams({ compare: nextMode(mode) }),
  }
  // The address is ahead of what is drawn for a moment: a key pressed then means the file that comes, so it waits for it.
  const waiting = useRef<ViewerCommand[]>([])
  const runWaiting = () => {
    while (waiting.current.length > 0 && isInAddress(item.path)) {
      const command = waiting.current.shift()!
      if (command in run) run[command as keyof typeof run]()
      else stage.current?.run(command as StageCommand)
    }
  }
  useEffect(runWaiting)
  const onKeyDown = (event: KeyboardEvent) => {
    if (asking) return
    const command = viewerCommand(event, { letters, focus: focusOf(event.target) })
    if (command === null) return
    event.preventDefault()
    event.stopPropagation()
    waiting.current.push(command)
    runWaiting()
  }

  const about = mode === null ? <Details item={item} actions={actions} onCompare={compareWith} /> : null
  return (
    <div
      ref={root}
      role="dialog"
      aria-modal
      aria-label={
        mode === null ? `${item.name}, ${index + 1} of ${items.length}` : `${a?.name} and ${item.name} compared`
      }
      tabIndex={-1}
      onKeyDown={onKeyDown}
      className="fixed inset-0 z-40 flex bg-stage focus-visible:outline-none"
    >
      <div className="flex min-w-0 grow flex-col">
        <ViewerHeader
          {...{ item, index, count: items.length, pinned: mode === null ? a : null, panelOpen: panel.open, run }}
        />
        <div className="relative min-h-0 grow">
          {mode !== null && a !== null ? (
            <CompareStage
              ref={stage}
              a={a}
              b={item}
              mode={mode}
              onStep={step}
              tools={(state) => (
                <CompareTools
                  {...state}
                  a={a}
                  b={item}
                  mode={mode}
                  onMode={(next) => replaceParams({ compare: next })}
                  onSwap={() => a.root === item.root && replaceParams({ file: a.path, with: item.key })}
                  onDetails={panel.toggle}
                  onStop={stopComparing}
                />
              )}
            />
          ) : item.media === 'video' ? (
            <VideoStage key={item.key} ref={stage} item={item} />
          ) : (
            <PictureStage ref={stage} item={item} onStep={step} onZoomed={setZoomed} />
          )}
          <StepArrows
            first={index === 0}
            last={index === items.length - 1}
            onPhone={item.media === 'video' && mode === null}
            low={mode !== null || item.media === 'video'}
            onStep={step}
          />
        </div>
        {panel.open && !panel.beside && (
          <div className="max-h-[45dvh] shrink-0 overflow-y-auto border-t border-line bg-surface">
            {about ?? (a && <DifferencesPanel a={a} b={item} />)}
          </div>
        )}
        <ViewerActionBar {...{ item, panelOpen: panel.open, run }} />
      </div>
      {panel.open && panel.beside && (
        <aside
          aria-label={mode === null ? 'Details' : 'Differences'}
          className="w-74 shrink-0 overflow-y-auto min-[112rem]:w-90 border-l border-line bg-surface"
        >
          {about ?? (a && <DifferencesPanel a={a} b={item} />)}
        </aside>
      )}
      <Confirm
        open={asking}
        title="Delete for good?"
        action="Delete for good"
        onConfirm={() => discard(true)}
        onClose={() => setAsking(false)}
      >
        {trashed
          ? `${trashed.nameOf(item)} cannot be brought back then.`
          : `${item.name} goes past the trash and cannot be brought back.`}
      </Confirm>
    </div>
  )
}

/** Beside the picture where there is room, and remembered; else a sheet below it that opens on demand. */
function usePanel() {
  const { preferences } = useStudio()
  const beside = useMedia('(min-width: 64rem)')
  const remembered = usePreferences((state) => state.details)
  const [sheet, setSheet] = useState(false)
  return {
    beside,
    open: beside ? remembered : sheet,
    toggle: () => (beside ? preferences.setState({ details: !remembered }) : setSheet(!sheet)),
  }
}

const isInAddress = (path: string) => new URLSearchParams(location.search).get('file') === path
