/** @file The queue and its history. */
import type { Metadata } from 'next'
import { QueuePage } from '../../_components/queue/queue-page.tsx'

export const metadata: Metadata = { title: 'Queue' }

export default function Page() {
  return <QueuePage />
}
