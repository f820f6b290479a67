'use client'
/** @file Asks for a workflow's name: to keep a dropped one, or to call one something else. */
import { type ReactNode, useState } from 'react'
import { inWords } from '../../_client/api-error.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, inputClass } from '../ui/field.tsx'

interface NameDialogProps {
  open: boolean
  title: string
  action: string
  name: string
  /** throws what went wrong, which is shown by the field */
  onName: (name: string) => Promise<unknown>
  onClose: () => void
  children?: ReactNode
}

export function NameDialog({ open, title, ...rest }: NameDialogProps) {
  return (
    <Dialog open={open} title={title} onClose={rest.onClose}>
      <NameForm {...rest} />
    </Dialog>
  )
}

function NameForm({ action, name, onName, onClose, children }: Omit<NameDialogProps, 'open' | 'title'>) {
  const [text, setText] = useState(name)
  const [error, setError] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const submit = async () => {
    if (text.trim() === '') {
      setError('Give it a name.')
      return
    }
    setBusy(true)
    try {
      await onName(text.trim())
      onClose()
    } catch (failure) {
      setError(inWords(failure))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <Field label="Name" error={error}>
        {(control) => (
          <input
            {...control}
            // biome-ignore lint/a11y/noAutofocus: the dialog was opened to write this
            autoFocus
            type="text"
            maxLength={100}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onFocus={(event) => event.target.select()}
            className={inputClass}
          />
        )}
      </Field>
      {children}
      <div className="mt-6 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" needsPod look="primary" busy={busy}>
          {action}
        </Button>
      </div>
    </form>
  )
}
