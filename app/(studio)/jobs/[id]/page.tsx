/** @file One job. */
import type { Metadata } from 'next'
import { JobPage } from '../../../_components/job/job-page.tsx'

export const metadata: Metadata = { title: 'Job' }

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <JobPage id={decodeURIComponent((await params).id)} />
}
