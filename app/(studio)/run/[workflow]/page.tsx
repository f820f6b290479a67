/** @file One workflow: form and live stage. */
import type { Metadata } from 'next'
import { RunPage } from '../../../_components/runner/run-page.tsx'

export const metadata: Metadata = { title: 'Run' }

export default async function Page({ params }: { params: Promise<{ workflow: string }> }) {
  return <RunPage id={decodeURIComponent((await params).workflow)} />
}
