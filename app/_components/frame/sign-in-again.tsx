'use client'
/** @file The session ended: asks for the key over the page, whose contents and half-filled forms stay. */
import { useStudio } from '../../_client/studio.tsx'
import { KeyForm } from '../login/key-form.tsx'
import { Dialog } from '../ui/dialog.tsx'

export function SignInAgain() {
  const { connection, cache } = useStudio()
  return (
    <Dialog open title="Signed out" dismissible={false} onClose={() => {}}>
      <p className="mb-4 text-sm text-muted">The session ended or the key was changed. This page stays as it is.</p>
      <KeyForm
        next={null}
        onSignedIn={() => {
          connection.setState({ signedOut: false })
          void cache.invalidateQueries()
        }}
      />
    </Dialog>
  )
}
