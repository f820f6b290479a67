/** @file The choice of workflows. */
import type { Metadata } from 'next'
import { WorkflowsPage } from '../../_components/runner/workflows-page.tsx'

export const metadata: Metadata = { title: 'Run' }

export default function Page() {
  return <WorkflowsPage />
}
