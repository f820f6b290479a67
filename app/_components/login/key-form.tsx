'use client'
/** @file The key field, for the login page and for signing in again: paste and password managers work, errors in words. */
import { Eye, EyeOff } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'
import { signIn } from '../../_client/actions/session.ts'
import { ApiError, inWords } from '../../_client/api-error.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Field, inputClass } from '../ui/field.tsx'

interface KeyFormProps {
  next: string | null
  onSignedIn: (redirect: string) => void
}

export function KeyForm({ next, onSignedIn }: KeyFormProps) {
  const [shown, setShown] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const field = useRef<HTMLInputElement>(null)

  const submit = async (given: string) => {
    const key = given.trim()
    if (key === '') {
      setError('Paste the key of this pod.')
      field.current?.focus()
      return
    }
    setBusy(true)
    setError(null)
    try {
      onSignedIn(await signIn(key, next))
    } catch (failure) {
      const wrongKey = failure instanceof ApiError && failure.status === 401
      setError(wrongKey ? 'This is not the key of this pod.' : inWords(failure))
      setBusy(false)
      field.current?.focus()
    }
  }

  return (
    <form
      // For who pressed Enter before this page was awake: React keeps that for an action, and for nothing else.
      action={(data) => void submit(String(data.get('api_key')))}
      onSubmit={(event: FormEvent) => {
        // Not the action: after it React would empty the field, also when the key was refused.
        event.preventDefault()
        void submit(field.current?.value ?? '')
      }}
      className="flex flex-col gap-4"
    >
      {/* Password managers keep keys by user name: a constant one keeps one entry per pod address. */}
      <input type="text" name="username" autoComplete="username" value="pod-studio" readOnly hidden />
      <Field label="Key" error={error}>
        {(control) => (
          <div className="flex gap-2">
            <input
              {...control}
              ref={field}
              name="api_key"
              type={shown ? 'text' : 'password'}
              autoComplete="current-password"
              // biome-ignore lint/a11y/noAutofocus: the page's only field
              autoFocus
              spellCheck={false}
              autoCapitalize="none"
              className={`${inputClass} font-mono`}
            />
            <IconButton
              label={shown ? 'Hide the key' : 'Show the key'}
              look="secondary"
              aria-pressed={shown}
              onClick={() => setShown(!shown)}
            >
              {shown ? <EyeOff size={18} aria-hidden /> : <Eye size={18} aria-hidden />}
            </IconButton>
          </div>
        )}
      </Field>
      <Button type="submit" look="primary" busy={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </Button>
    </form>
  )
}
