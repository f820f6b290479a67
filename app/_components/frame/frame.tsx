'use client'
/** @file What is around every page: rail or tabs, the running job, the state of the parts, uploads, toasts, shortcuts. */
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useStore } from 'zustand'
import type { System } from '#contracts/system'
import { systemQuery } from '../../_client/queries/system.ts'
import { useConnection, useStudio } from '../../_client/studio.tsx'
import { LineCut } from '../ui/needs-pod.ts'
import { part } from '../ui/part.tsx'
import { ConnectionNote } from './connection-note.tsx'
import { DropLayer } from './drop-layer.tsx'
import { Rail } from './rail.tsx'
import { RunningStrip } from './running-strip.tsx'
import { Shortcuts } from './shortcuts.tsx'
import { TabTitle } from './tab-title.tsx'
import { Tabs } from './tabs.tsx'
import { Toasts } from './toasts.tsx'

const UploadTray = part(() => import('./upload-tray.tsx').then((module) => module.UploadTray))
const SignInAgain = part(() => import('./sign-in-again.tsx').then((module) => module.SignInAgain))

const HealthBanners = part(() => import('./health-banners.tsx').then((module) => module.HealthBanners))
/** Whether the banners have to be there; whether they say something is theirs to know. */
const mayHaveBanners = ({ engine, disk }: System) =>
  engine.state === 'down' || engine.state === 'incompatible' || disk.level !== 'ok'

export function Frame({ children }: { children: ReactNode }) {
  const { uploads } = useStudio()
  const uploading = useStore(uploads.list, (state) => state.uploads.length > 0)
  const trouble = useQuery({ ...systemQuery, select: mayHaveBanners }).data ?? false
  const signedOut = useConnection((state) => state.signedOut)
  const cut = useConnection(({ state }) => state === 'lost')
  return (
    <LineCut value={cut}>
      <div
        id="studio"
        className="[--foot:8.25rem] [--panel:0px] [--rail:0px] selecting:[--foot:calc(var(--selection)+3.5rem)] md:[--foot:0px] md:[--rail:5.25rem] md:selecting:[--foot:var(--selection)]"
      >
        <a
          href="#content"
          className="sr-only focus-visible:not-sr-only focus-visible:fixed focus-visible:top-2 focus-visible:left-2 focus-visible:z-50 focus-visible:rounded-lg focus-visible:bg-surface focus-visible:p-3"
        >
          Skip to the page
        </a>
        <Rail />
        <div className="pr-(--panel) md:pl-(--rail)">
          <ConnectionNote />
          <div className="flex flex-col gap-2 px-4 [&:has(*)]:pt-3 md:px-8">{trouble && <HealthBanners />}</div>
          <main id="content" tabIndex={-1} className="pb-(--foot) focus-visible:outline-none">
            {children}
          </main>
        </div>
        <RunningStrip />
        <Tabs trouble={trouble} />
        {uploading && <UploadTray />}
      </div>
      <DropLayer />
      <Shortcuts />
      <TabTitle />
      <Toasts />
      {signedOut && <SignInAgain />}
    </LineCut>
  )
}
