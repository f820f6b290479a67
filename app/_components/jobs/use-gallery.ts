'use client'
/**
 * @file The outputs that match the filters of the address, for the jobs and the files page: loaded to the end in the
 * background, kept true by events. What arrives while one is further down waits above until it is asked for.
 */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { OutputGroup } from '#contracts/outputs'
import { outputsQuery } from '../../_client/queries/outputs.ts'
import { useStudio } from '../../_client/studio.tsx'
import { whenIdle } from '../../_client/when-idle.ts'
import { blockOfGroup, createItems, type GalleryBlock } from './blocks.ts'
import { useOutputFilters } from './filter-bar.tsx'

export function useGallery() {
  const { filters, filtered } = useOutputFilters()
  const { selection } = useStudio()
  const query = useInfiniteQuery(outputsQuery(filters))
  const { data, hasNextPage, isFetchingNextPage, isError, fetchNextPage } = query

  useEffect(() => {
    if (!hasNextPage || isFetchingNextPage || isError) return
    // The first screen's pictures come before what is below it.
    return whenIdle(() => void fetchNextPage(), patience)
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage])

  // A group that did not change keeps its block, a file its tile.
  const [known] = useState(() => new WeakMap<OutputGroup, GalleryBlock>())
  const [itemOf] = useState(createItems)
  const all = useMemo(
    () =>
      (data?.pages ?? []).flatMap((page) =>
        page.groups.map((group) => {
          const block = known.get(group) ?? blockOfGroup(group, itemOf)
          known.set(group, block)
          return block
        }),
      ),
    [data, known, itemOf],
  )
  const { blocks, arrived, showArrived } = useArrivals(all)
  const summary = data?.pages[0]?.summary
  const loaded = useMemo(
    () => (data?.pages ?? []).reduce((sum, page) => page.groups.reduce((n, group) => n + group.files.length, sum), 0),
    [data],
  )

  // Another query is another "all": a selection of the whole query does not follow.
  useEffect(() => {
    const { whole } = selection.getState()
    if (whole && whole.filters !== filters) selection.getState().clear()
  }, [filters, selection])
  const selectAll = useCallback(() => {
    if (summary) selection.getState().selectQuery({ root: 'outputs', filters, summary })
  }, [selection, filters, summary])

  return { query, filters, filtered, blocks, arrived, showArrived, summary, loaded, selectAll }
}

/** How long the rest of the listing waits for a page that is never idle. Milliseconds. */
const patience = 1000

interface Shown {
  newest: number
  ids: ReadonlySet<string>
}

/** Below this one is at the top, and news may appear. Pixels. */
const nearTop = 160

/** Holds back what is newer than what was there, while one is further down. */
function useArrivals(all: readonly GalleryBlock[]) {
  const [shown, setShown] = useState<Shown | null>(null)
  const arrived = useMemo(
    () => (shown === null ? [] : all.filter(({ id, at }) => at > shown.newest && !shown.ids.has(id))),
    [all, shown],
  )
  useEffect(() => {
    const take = () => {
      if (all.length === 0) return
      setShown({ newest: Math.max(...all.map(({ at }) => at)), ids: new Set(all.map(({ id }) => id)) })
    }
    if (shown === null || scrollY < nearTop) {
      if (shown === null || arrived.length > 0) take()
      return
    }
    if (arrived.length === 0) return
    const onScroll = () => {
      if (scrollY < nearTop) take()
    }
    addEventListener('scroll', onScroll, { passive: true })
    return () => removeEventListener('scroll', onScroll)
  }, [all, shown, arrived])

  const held = useMemo(() => new Set(arrived.map(({ id }) => id)), [arrived])
  const isAtTop = typeof scrollY === 'number' && scrollY < nearTop
  const blocks = useMemo(
    () => (held.size === 0 || isAtTop ? all : all.filter(({ id }) => !held.has(id))),
    [all, held, isAtTop],
  )
  const showArrived = () => scrollTo({ top: 0 })
  return { blocks, arrived: isAtTop ? 0 : arrived.length, showArrived }
}
