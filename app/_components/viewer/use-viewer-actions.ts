'use client'
/** @file What a person does with the file on the stage, with the words when it fails. */
import { useMemo } from 'react'
import type { Mark } from '#contracts/vocabulary'
import { useInputs } from '../../_client/actions/use-inputs.ts'
import { useMark } from '../../_client/actions/use-mark.ts'
import { useReuse } from '../../_client/actions/use-reuse.ts'
import { useZip } from '../../_client/actions/use-zip.ts'
import type { MediaItem } from '../../_client/media-item.ts'
import { downloadByLink, fileUrl } from '../../_client/urls.ts'

export interface ViewerActions {
  /** Sets the mark, or takes it away when the file has it. */
  mark(mark: Mark): void
  download(): void
  /** The finals of the file's job as one zip; of a file without a job, the file. */
  downloadJob(): void
  /** Opens the runner with the settings that made the file. */
  reuse(): void
  /** Queues a run with the same settings and new seeds. */
  newSeed(): void
  /** Copies an output into the inputs and offers to run something on it. */
  asInput(): void
}

export function useViewerActions(item: MediaItem): ViewerActions {
  const setMark = useMark()
  const { zip } = useZip()
  const again = useReuse()
  const asInputs = useInputs()

  return useMemo(
    () => ({
      mark(mark) {
        if (item.root !== 'outputs') return
        void setMark([item], item.mark === mark ? null : mark)
      },
      download: () => downloadByLink(fileUrl(item.root, item.path), item.name),
      downloadJob() {
        if (item.job === null) downloadByLink(fileUrl(item.root, item.path), item.name)
        else void zip({ jobs: [item.job], kinds: ['final'] })
      },
      reuse: () => again.reuse(item),
      newSeed: () => again.newSeed(item),
      asInput: () => void asInputs([item]),
    }),
    [item, setMark, zip, again, asInputs],
  )
}
