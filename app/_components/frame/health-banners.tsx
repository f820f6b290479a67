'use client'
/** @file What is wrong with the pod, said on every page: what still works, what is kept, what to do. */
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { formatBytes } from '../../_client/format/bytes.ts'
import { formatRoughly } from '../../_client/format/time.ts'
import { count } from '../../_client/format/words.ts'
import { engineLogQuery } from '../../_client/queries/pod.ts'
import { systemQuery } from '../../_client/queries/system.ts'
import { useNow } from '../../_client/use-now.ts'
import { buttonClass } from '../ui/button.tsx'
import { Banner } from '../ui/notice.tsx'
import { part } from '../ui/part.tsx'
import { engineInWords } from './engine-state.tsx'

const LogLines = part(() => import('../pod/log-lines.tsx').then((module) => module.LogLines))
const RestartEngine = part(() => import('../pod/engine-actions.tsx').then((module) => module.RestartEngine))

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
  const state = system?.engine.state
  const isDown = state === 'down' && system !== undefined && now - system.engine.since >= worthSaying
  const log = useQuery({ ...engineLogQuery, enabled: isDown })
  if (system === undefined || (!isDown && state !== 'incompatible')) return null
  const { pending } = system.queue
  const { external } = system.engine
  const lines = (log.data?.lines ?? []).slice(-5)
  return (
    <Banner tone="danger" actions={isDown && !external && <RestartEngine />}>
      <strong className="font-semibold">{engineInWords(system.engine, now)}.</strong>{' '}
      {system.engine.detail ? `${asSentence(system.engine.detail)} ` : ''}
      {isDown && !external && 'It is being started again. '}
      {external && 'The studio did not start it (ENGINE_URL): look after it where it runs. '}
      {pending > 0 &&
        `${count(pending, 'job is', 'jobs are')} safe and will start by ${pending === 1 ? 'itself' : 'themselves'}. `}
      Everything but running works meanwhile.
      {lines.length > 0 && (
        <details className="mt-1">
          <summary className="inline-flex min-h-6 items-center underline underline-offset-2">Its last words</summary>
          <div className="mt-1 max-h-40 overflow-auto font-mono text-xs">
            <LogLines lines={lines} />
          </div>
        </details>
      )}
    </Banner>
  )
}

/** Details come as the end of a line in a log. */
const asSentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1).replace(/\.?$/, '.')

function DiskBanner() {
  const disk = useQuery(systemQuery).data?.disk
  if (disk === undefined || disk.level === 'ok') return null
  const amount = disk.free === null ? 'Little space' : formatBytes(disk.free)
  return (
    <Banner
      tone={disk.level === 'full' ? 'danger' : 'warn'}
      actions={
        <Link href="/pod#storage" className={buttonClass('secondary')}>
          Free space
        </Link>
      }
    >
      <strong className="font-semibold">{amount} left on the disk</strong>
      {disk.seconds_left !== null && `, ${formatRoughly(disk.seconds_left)} at today's rate`}.{' '}
      {disk.level === 'full' && 'New runs and uploads wait until something is deleted for good.'}
      {disk.used_by.trash > 0 && (
        <span className="max-sm:hidden"> The trash holds {formatBytes(disk.used_by.trash)}.</span>
      )}
    </Banner>
  )
}
