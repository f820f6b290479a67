'use client'
/** @file Downloading a choice of outputs as one zip, said in a toast with its size. */
import { useCallback, useState } from 'react'
import { inWords } from '../api-error.ts'
import { formatBytes } from '../format/bytes.ts'
import { count } from '../format/words.ts'
import { notify } from '../notify.ts'
import { downloadZip, type ZipSelection } from './files.ts'

export function useZip() {
  const [busy, setBusy] = useState(false)
  const zip = useCallback(async (selection: ZipSelection) => {
    setBusy(true)
    try {
      const plan = await downloadZip(selection)
      notify.plain(`Downloading ${count(plan.files, 'file')}, ${formatBytes(plan.size)}`)
    } catch (error) {
      notify.error(inWords(error))
    } finally {
      setBusy(false)
    }
  }, [])
  return { zip, busy }
}
