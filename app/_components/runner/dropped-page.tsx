'use client'
/** @file A workflow that is not kept, dropped or of a job: its form made by rule, run at once, kept when it is worth it. */
import { useQueryClient } from '@tanstack/react-query'
import { ArrowLeft, Save } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useMemo, useState } from 'react'
import type { InspectedWorkflow } from '#contracts/workflows'
import { saveWorkflow } from '../../_client/actions/workflows.ts'
import { notify } from '../../_client/notify.ts'
import { workflowsQuery } from '../../_client/queries/workflows.ts'
import { Button } from '../ui/button.tsx'
import { PageHead } from '../ui/page.tsx'
import { LeftFiles } from './chosen-files.tsx'
import { NameDialog } from './name-dialog.tsx'
import { placeFiles } from './place-files.ts'
import { rememberValues } from './remembered.ts'
import { RunLayout } from './run-layout.tsx'
import { ofDropped } from './runnable.ts'
import { startValues } from './values.ts'

const sources: Record<InspectedWorkflow['source'], string> = {
  workflow: 'A workflow file.',
  api: 'A ComfyUI graph; its settings became this form.',
  editor: 'A workflow of the ComfyUI editor, converted; its settings became this form.',
  png: 'The workflow of a picture; its settings became this form.',
  webp: 'The workflow of a picture; its settings became this form.',
  video: 'The workflow of a video; its settings became this form.',
}

interface DroppedPageProps {
  dropped: InspectedWorkflow
  /** chosen to be worked on */
  files?: readonly string[]
  /** where it is from, as a sentence; else what kind of file it was says it */
  origin?: string
  /** back to the choice of workflows */
  onClose: () => void
  /** it has a page of its own now */
  onKept?: () => void
}

const none: readonly string[] = []

export function DroppedPage(props: DroppedPageProps) {
  const { dropped, files = none, origin = sources[dropped.source], onClose, onKept } = props
  const cache = useQueryClient()
  const router = useRouter()
  const [naming, setNaming] = useState(false)
  const runnable = useMemo(() => ofDropped(dropped), [dropped])
  const { initial, placed } = useMemo(() => {
    const placed = placeFiles(runnable.inputs, files)
    return { initial: startValues(runnable.inputs, placed.values), placed }
  }, [runnable, files])
  const save = async (name: string) => {
    const saved = await saveWorkflow({ name, workflow: dropped.workflow })
    await cache.invalidateQueries({ queryKey: workflowsQuery.queryKey })
    rememberValues(saved.id, initial)
    notify.success(`${saved.name} is kept on this pod`)
    onKept?.()
    router.push(`/run/${encodeURIComponent(saved.id)}`)
  }
  return (
    <RunLayout
      runnable={runnable}
      initial={initial}
      batch={placed.batch}
      from=""
      head={
        <PageHead
          title={dropped.workflow.name}
          about={`${origin} Not kept yet.`}
          back={
            <button
              type="button"
              onClick={onClose}
              className="-ml-1 mb-1 inline-flex min-h-11 items-center gap-1.5 rounded-md px-1 text-sm text-muted hover:text-ink md:min-h-6"
            >
              <ArrowLeft size={16} aria-hidden />
              All workflows
            </button>
          }
          actions={
            <Button needsPod onClick={() => setNaming(true)}>
              <Save size={16} aria-hidden />
              Keep this workflow
            </Button>
          }
        />
      }
    >
      {dropped.notes.length > 0 && (
        <ul className="mb-4 list-disc pl-5 text-sm text-muted">
          {dropped.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <LeftFiles files={placed.left} />
      <NameDialog
        open={naming}
        title="Keep this workflow"
        action="Keep"
        name={dropped.workflow.name}
        onName={save}
        onClose={() => setNaming(false)}
      />
    </RunLayout>
  )
}
