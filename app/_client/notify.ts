/**
 * @file Saying something in passing: a toast. Only the message travels from here; the toaster (and its weight) is
 * loaded by `frame/toasts.tsx` when there is a first thing to say.
 */

export interface Notice {
  tone: 'plain' | 'success' | 'warning' | 'error'
  text: string
  /** a second line */
  description?: string | undefined
  /** a way back or onward */
  action?: { label: string; onClick: () => void }
  /** milliseconds */
  duration?: number
}

type Options = Omit<Notice, 'tone' | 'text'>

export const noticeEvent = 'studio:notice'

const say =
  (tone: Notice['tone']) =>
  (text: string, options: Options = {}) => {
    dispatchEvent(new CustomEvent<Notice>(noticeEvent, { detail: { tone, text, ...options } }))
  }

export const notify = { plain: say('plain'), success: say('success'), warning: say('warning'), error: say('error') }
