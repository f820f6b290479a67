'use client'
/** @file Adding a model: from this computer in pieces, or by the pod from an address. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { downloadModel, uploadModel } from '../../_client/actions/models.ts'
import { inWords } from '../../_client/api-error.ts'
import { notify } from '../../_client/notify.ts'
import { modelsQuery } from '../../_client/queries/models.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, inputClass } from '../ui/field.tsx'
import { ProgressBar } from '../ui/meter.tsx'

const usualFolders = [
  'checkpoints',
  'controlnet',
  'diffusion_models',
  'loras',
  'text_encoders',
  'upscale_models',
  'vae',
]

export function AddModel({ hosts, folders }: { hosts: readonly string[]; folders: readonly string[] }) {
  const cache = useQueryClient()
  const [open, setOpen] = useState(false)
  const [folder, setFolder] = useState('checkpoints')
  const [url, setUrl] = useState('')
  const [sha256, setSha256] = useState('')
  const [file, setFile] = useState<File | null>(null)
  const [share, setShare] = useState(0)
  const [error, setError] = useState<string | null>(null)
  const add = useMutation({
    mutationFn: async () => {
      if (file) return uploadModel(folder, file, (received) => setShare(received / file.size))
      const filename = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '')
      return downloadModel({ url, folder, filename, ...(sha256 === '' ? {} : { sha256: sha256.toLowerCase() }) })
    },
    onSuccess: () => {
      notify.success(file ? `${file.name} is here` : 'The download began')
      setOpen(false)
      setFile(null)
      setUrl('')
    },
    onError: (failure) => setError(inWords(failure)),
    onSettled: () => void cache.invalidateQueries({ queryKey: modelsQuery.queryKey }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setError(null)
    setShare(0)
    if (!file && !URL.canParse(url)) setError('Choose a file or give an address')
    else add.mutate()
  }
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Plus size={16} aria-hidden />
        Add a model
      </Button>
      <Dialog open={open} title="Add a model" onClose={() => setOpen(false)}>
        <form onSubmit={submit} className="flex flex-col gap-4">
          <Field label="Folder">
            {(control) => (
              <select
                {...control}
                value={folder}
                onChange={(event) => setFolder(event.target.value)}
                className={inputClass}
              >
                {[...new Set([...usualFolders, ...folders])].sort().map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            )}
          </Field>
          <Field label="File of this computer" help=".safetensors, .onnx, .param or .bin">
            {(control) => (
              <input
                {...control}
                type="file"
                accept=".safetensors,.onnx,.param,.bin"
                onChange={(event) => setFile(event.target.files?.[0] ?? null)}
                className="w-full text-sm"
              />
            )}
          </Field>
          {!file && (
            <>
              <Field label="Or an address for the pod" help={`https, from ${hosts.join(', ')}`}>
                {(control) => (
                  <input
                    {...control}
                    type="url"
                    value={url}
                    onChange={(event) => setUrl(event.target.value)}
                    className={inputClass}
                  />
                )}
              </Field>
              <Field label="SHA-256, if you know it">
                {(control) => (
                  <input
                    {...control}
                    value={sha256}
                    onChange={(event) => setSha256(event.target.value.trim())}
                    className={inputClass}
                  />
                )}
              </Field>
            </>
          )}
          {add.isPending && file && <ProgressBar label={`Upload of ${file.name}`} value={share} />}
          {error && (
            <p role="alert" className="text-sm text-danger">
              {error}
            </p>
          )}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setOpen(false)}>Close</Button>
            <Button type="submit" needsPod look="primary" busy={add.isPending}>
              {file ? 'Upload' : 'Download'}
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  )
}
