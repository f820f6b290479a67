'use client'
/** @file The key of this pod: how it is changed, and signing out, here or everywhere. The key itself is nowhere to be read. */
import { useMutation } from '@tanstack/react-query'
import { LogOut } from 'lucide-react'
import { useEffect, useState } from 'react'
import { signOutEverywhere } from '../../_client/actions/pod.ts'
import { signOut } from '../../_client/actions/session.ts'
import { inWords } from '../../_client/api-error.ts'
import { notify } from '../../_client/notify.ts'
import { Button } from '../ui/button.tsx'
import { Panel } from '../ui/page.tsx'
import { Setting } from './setting.tsx'

export function Access() {
  // The server's rendering does not know by which name the pod is reached.
  const [host, setHost] = useState('')
  useEffect(() => setHost(location.host), [])
  return (
    <Panel className="divide-y divide-line">
      <div className="px-5 py-4">
        <h2 className="text-base font-medium">The key{host !== '' && ` of ${host}`}</h2>
        <p className="text-sm text-pretty text-muted">
          The pod keeps only its fingerprint, so nobody can read it here. To change it, start the studio with another{' '}
          <Code>STUDIO_API_KEY</Code>; or, if it made the key itself, delete <Code>secrets/api-key.sha256</Code> in its
          folder and start it again: it prints a new one, once. A new key ends every session.
        </p>
      </div>
      <Setting name="Sign out" about="Ends the session of this browser.">
        <SignOut run={signOut} words="Sign out" />
      </Setting>
      <Setting name="Sign out everywhere" about="Ends every session on every device; the key stays as it is.">
        <SignOut run={signOutEverywhere} words="Sign out everywhere" />
      </Setting>
    </Panel>
  )
}

const Code = ({ children }: { children: string }) => <code className="font-mono text-xs text-ink">{children}</code>

function SignOut({ run, words }: { run: () => Promise<unknown>; words: string }) {
  const out = useMutation({
    mutationFn: run,
    onSuccess: () => location.assign('/login'),
    onError: (error) => notify.error(inWords(error)),
  })
  return (
    <Button needsPod busy={out.isPending} onClick={() => out.mutate()}>
      <LogOut size={16} aria-hidden />
      {words}
    </Button>
  )
}
