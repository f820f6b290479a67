/** @file The state of the pod. */
import type { Metadata } from 'next'
import { PodPage } from '../../_components/pod/pod-page.tsx'

export const metadata: Metadata = { title: 'Pod' }

export default function Page() {
  return <PodPage />
}
