'use client'
/** @file A model file of this computer, sent to one folder of the pod from where it stands. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Upload } from 'lucide-react'
import { useRef, useState } from 'react'
import { uploadModel } from '../../_client/actions/models.ts'
import { inWords } from '../../_client/api-error.ts'
import { formatBytes } from '../../_client/format/bytes.ts'
import { notify } from '../../_client/notify.ts'
import { modelsQuery } from '../../_client/queries/models.ts'
import { Button } from '../ui/button.tsx'
import { ProgressBar } from '../ui/meter.tsx'

interface UploadModelProps {
  folder: string
  /** the name it gets; absent: its own */
  as?: string | undefined
  onUploaded?: ((file: string) => void) | undefined
}

export function UploadModel({ folder, as, onUploaded }: UploadModelProps) {
  const cache = useQueryClient()
  const picker = useRef<HTMLInputElement>(null)
  const [received, setReceived] = useState(0)
  const upload = useMutation({
    mutationFn: (file: File) => uploadModel(folder, as === undefined ? file : new File([file], as), setReceived),
    onSuccess: (_answer, file) => {
      notify.success(`${as ?? file.name} is here`)
      onUploaded?.(as ?? file.name)
    },
    onError: (error) => notify.error(inWords(error)),
    onSettled: () => void cache.invalidateQueries({ queryKey: modelsQuery.queryKey }),
  })
  const file = upload.variables
  return (
    <div className="flex flex-wrap items-center gap-3">
      <input
        ref={picker}
        type="file"
        accept=".safetensors,.onnx,.param,.bin"
        aria-label={`Model file for models/${folder}`}
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => {
          const chosen = event.target.files?.[0]
          event.target.value = ''
          setReceived(0)
          if (chosen) upload.mutate(chosen)
        }}
      />
      <Button needsPod busy={upload.isPending} onClick={() => picker.current?.click()}>
        <Upload size={16} aria-hidden />
        Upload the file
      </Button>
      {upload.isPending && file && (
        <div className="grow basis-40">
          <ProgressBar label={`Upload of ${file.name}`} value={received / file.size} />
          <p className="mt-1 text-xs text-muted tabular-nums">
            {formatBytes(received)} of {formatBytes(file.size)}. Stay on this page; it goes on where it stopped.
          </p>
        </div>
      )}
    </div>
  )
}
