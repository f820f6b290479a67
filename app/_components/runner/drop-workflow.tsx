'use client'
/** @file Where a workflow file is dropped or chosen: a ComfyUI graph, or a picture or video that carries one. */
import { FileJson } from 'lucide-react'
import { type DragEvent, useRef, useState } from 'react'
import type { InspectedWorkflow } from '#contracts/workflows'
import { inspectWorkflow } from '../../_client/actions/workflows.ts'
import { inWords } from '../../_client/api-error.ts'
import { Button } from '../ui/button.tsx'
import { Banner } from '../ui/notice.tsx'

const accept = '.json,.png,.webp,.mp4,.webm,.mov'

export function DropWorkflow({ onRead }: { onRead: (dropped: InspectedWorkflow) => void }) {
  const field = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const [busy, setBusy] = useState(false)
  const [refused, setRefused] = useState<string | null>(null)

  const read = async (file: File | undefined) => {
    if (file === undefined) return
    setBusy(true)
    setRefused(null)
    try {
      onRead(await inspectWorkflow(file))
    } catch (error) {
      setRefused(`${file.name}: ${inWords(error)}`)
    } finally {
      setBusy(false)
    }
  }
  const onDrop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void read(event.dataTransfer.files[0])
  }

  return (
    <div className="mb-6">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping has a click way, the button inside */}
      <div
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
        className={`flex flex-wrap items-center gap-x-4 gap-y-3 rounded-2xl border border-dashed px-4 py-3 ${over ? 'border-accent bg-accent-soft' : 'border-line-strong'}`}
      >
        <FileJson size={22} className="shrink-0 text-muted max-sm:hidden" aria-hidden />
        <p className="min-w-0 grow basis-60 text-sm">
          <span className="font-medium">Drop any ComfyUI workflow here.</span>{' '}
          <span className="text-muted">A JSON file, or a PNG, WebP or MP4 that was made with one.</span>
        </p>
        <Button busy={busy} onClick={() => field.current?.click()}>
          {busy ? 'Reading…' : 'Choose a file'}
        </Button>
        <input
          ref={field}
          type="file"
          hidden
          aria-label="Workflow file"
          accept={accept}
          onChange={(event) => {
            const file = event.target.files?.[0]
            event.target.value = ''
            void read(file)
          }}
        />
      </div>
      {refused !== null && (
        <div className="mt-3">
          <Banner tone="danger">{refused}</Banner>
        </div>
      )}
    </div>
  )
}
