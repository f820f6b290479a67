/** @file The gallery of jobs. */
import type { Metadata } from 'next'
import { JobsPage } from '../../_components/jobs/jobs-page.tsx'

export const metadata: Metadata = { title: 'Jobs' }

export default function Page() {
  return <JobsPage />
}
