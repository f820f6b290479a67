'use client'
/** @file A modal dialog on the browser's own `<dialog>`: focus trap, Escape and inertness come with it. */
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { Button } from './button.tsx'

interface DialogProps {
  open: boolean
  title: string
  onClose: () => void
  /** false: only an answer closes it, not Escape */
  dismissible?: boolean
  /** for what is looked through, not answered */
  wide?: boolean
  children: ReactNode
  footer?: ReactNode
}

export function Dialog({ open, title, onClose, dismissible = true, wide = false, children, footer }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = ref.current
    if (dialog === null || dialog.open === open) return
    if (open) dialog.showModal()
    else dialog.close()
  }, [open])
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      onCancel={(event) => {
        if (!dismissible) event.preventDefault()
      }}
      onClose={onClose}
      onKeyDown={(event) => event.stopPropagation()}
      className={`m-auto ${wide ? 'w-[min(56rem,calc(100vw-2rem))]' : 'w-[min(30rem,calc(100vw-2rem))]'} rounded-2xl border border-line bg-surface p-6 text-ink shadow-float`}
    >
      <h2 id={id} className="text-lg font-semibold">
        {title}
      </h2>
      {open && <div className="mt-3 text-base">{children}</div>}
      {footer && <div className="mt-6 flex flex-wrap justify-end gap-2">{footer}</div>}
    </dialog>
  )
}

interface ConfirmProps {
  open: boolean
  title: string
  children: ReactNode
  /** what happens, as the button's words: `Delete 3 files for good` */
  action: string
  onConfirm: () => void
  onClose: () => void
}

/** Asks before what cannot be undone. */
export function Confirm({ open, title, children, action, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog
      open={open}
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Keep</Button>
          <Button
            look="danger"
            needsPod
            onClick={() => {
              onConfirm()
              onClose()
            }}
          >
            {action}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  )
}
