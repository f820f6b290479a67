/** @file All outputs as one grid of files. */
import type { Metadata } from 'next'
import { FilesPage } from '../../_components/files/files-page.tsx'

export const metadata: Metadata = { title: 'Files' }

export default function Page() {
  return <FilesPage />
}
