'use client'
/** @file Files may be dropped or pasted on any page: media become inputs, a workflow opens in the runner. Each drop has a click way too: the buttons on Inputs and in forms. */
import { Upload } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import { useStudio } from '../../_client/studio.tsx'
import { untilLoaded } from '../../_client/until-loaded.ts'
import { transferred } from '../../_client/uploads/transferred.ts'

export function DropLayer() {
  const { uploads, dropped } = useStudio()
  const router = useRouter()
  const [over, setOver] = useState(false)

  useEffect(() => {
    // Entering a child fires before leaving its parent: only the count tells whether the pointer is still here.
    let depth = 0
    const take = async (transfer: DataTransfer) => {
      const given = transferred(transfer)
      const { takeDropped } = await untilLoaded(() => import('../../_client/actions/take-dropped.ts'))
      await takeDropped(given, uploads, { show: dropped.getState().show, go: router.push })
    }
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return
      depth += 1
      setOver(true)
    }
    const leave = (event: DragEvent) => {
      if (!hasFiles(event)) return
      depth = Math.max(0, depth - 1)
      if (depth === 0) setOver(false)
    }
    const allow = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault()
    }
    const drop = (event: DragEvent) => {
      depth = 0
      setOver(false)
      if (!hasFiles(event) || event.dataTransfer === null || event.defaultPrevented) return
      event.preventDefault()
      void take(event.dataTransfer)
    }
    const paste = (event: ClipboardEvent) => {
      const target = event.target as HTMLElement
      if (target.closest('input, textarea') !== null || !event.clipboardData?.files.length) return
      void take(event.clipboardData)
    }
    addEventListener('dragenter', enter)
    addEventListener('dragleave', leave)
    addEventListener('dragover', allow)
    addEventListener('drop', drop)
    addEventListener('paste', paste)
    return () => {
      removeEventListener('dragenter', enter)
      removeEventListener('dragleave', leave)
      removeEventListener('dragover', allow)
      removeEventListener('drop', drop)
      removeEventListener('paste', paste)
    }
  }, [uploads, dropped, router])

  if (!over) return null
  return (
    <div className="pointer-events-none fixed inset-0 z-50 grid place-items-center bg-canvas/85 p-4">
      <div className="flex size-full max-h-96 max-w-xl flex-col items-center justify-center gap-3 rounded-3xl border-2 border-dashed border-accent bg-surface">
        <Upload size={32} className="text-accent" aria-hidden />
        <p className="text-lg font-semibold">Drop to add to Inputs</p>
        <p className="text-sm text-muted">Pictures, videos or folders. A workflow opens in the runner.</p>
      </div>
    </div>
  )
}
