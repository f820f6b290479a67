'use client'
/** @file The click way of uploading: a button that opens the system's file dialog. */
import { FolderUp, Upload } from 'lucide-react'
import { useRef } from 'react'
import { imageExtensions, videoExtensions } from '#contracts/media'
import { useStudio } from '../../_client/studio.tsx'
import { buttonClass } from '../ui/button.tsx'

const accept = [...imageExtensions, ...videoExtensions].join(',')

interface ChooseFilesProps {
  label: string
  look?: 'primary' | 'secondary'
  /** a whole folder is chosen, with those in it; phones have no such dialog */
  folder?: boolean
  /** ids of the queued uploads, in the order chosen */
  onAdded?: (ids: number[]) => void
}

export function ChooseFiles({ label, look = 'primary', folder = false, onAdded }: ChooseFilesProps) {
  const { uploads } = useStudio()
  const field = useRef<HTMLInputElement>(null)
  return (
    <>
      <button type="button" className={buttonClass(look)} onClick={() => field.current?.click()}>
        {folder ? <FolderUp size={16} aria-hidden /> : <Upload size={16} aria-hidden />}
        {label}
      </button>
      <input
        ref={field}
        type="file"
        multiple
        hidden
        aria-label={label}
        {...(folder ? { webkitdirectory: '' } : { accept })}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])]
          // The same file may be chosen again later.
          event.target.value = ''
          if (files.length === 0) return
          void uploads.add(files).then(onAdded)
        }}
      />
    </>
  )
}
