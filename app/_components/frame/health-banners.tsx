'use client'
/** @file What is wrong with the pod, said on every page: what still works, what is kept, what to do. */
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { formatBytes } from '../../_client/format/bytes.ts'
import { count } from '../../_client/format/words.ts'
import { systemQuery } from '../../_client/queries/system.ts'
import { useNow } from '../../_client/use-now.ts'
import { buttonClass } from '../ui/button.tsx'
import { Banner } from '../ui/notice.tsx'
import { engineInWords } from './engine-state.tsx'

/** A restart takes a few seconds and heals by itself: only what lasts is worth a banner. */
const worthSaying = 10

export const HealthBanners = () => (
  <>
    <EngineBanner />
    <DiskBanner />
  </>
)

function EngineBanner() {
  const system = useQuery(systemQuery).data
  const now = useNow(2000)
  if (system === undefined || system.engine.state !== 'down' || now - system.engine.since < worthSaying) return null
  const { pending } = system.queue
  return (
    <Banner tone="danger">
      <strong className="font-semibold">{engineInWords(system.engine, now)}.</strong>{' '}
      {system.engine.detail ? `${system.engine.detail.replace(/\.?$/, '.')} ` : ''}
      It is being started again.{' '}
      {pending > 0 ? `${count(pending, 'waiting job')} will start by ${pending === 1 ? 'itself' : 'themselves'}. ` : ''}
      Looking, uploading and downloading work meanwhile.
    </Banner>
  )
}

function DiskBanner() {
  const disk = useQuery(systemQuery).data?.disk
  if (disk === undefined || disk.level === 'ok') return null
  const left = disk.quota === null ? disk.free : disk.quota - Object.values(disk.used_by).reduce((a, b) => a + b, 0)
  const amount = left === null ? 'Little space' : formatBytes(Math.max(0, left))
  return (
    <Banner
      tone={disk.level === 'full' ? 'danger' : 'warn'}
      actions={
        <Link href="/pod" className={buttonClass('secondary')}>
          What fills it
        </Link>
      }
    >
      <strong className="font-semibold">{amount} left on the disk.</strong>{' '}
      {disk.level === 'full' ? 'New runs and uploads may fail until something is deleted for good.' : ''}
      {disk.used_by.trash > 0 && ` The trash holds ${formatBytes(disk.used_by.trash)}.`}
    </Banner>
  )
}
