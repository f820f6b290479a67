'use client'
/**
 * @file Controls that need the pod: while the line is cut they stay where they are, are said to be disabled, and say why when
 * they are pressed. What only looks at what is loaded does not ask here. Provided by the frame ({@link LineCut}).
 */
import { createContext, type SyntheticEvent, useContext } from 'react'
import { cutReason } from '../../_client/live/connection.ts'
import { notify } from '../../_client/notify.ts'

/** Whether the line to the pod is cut. */
export const LineCut = createContext(false)

/** To be spread last over a control's other props. It keeps the focus, so that screen readers come to the reason. */
export const useNeedsPod = (needs = true) => (useContext(LineCut) && needs ? cut : undefined)

const cut = {
  'aria-disabled': true,
  title: cutReason,
  onClickCapture(event: SyntheticEvent) {
    event.preventDefault()
    event.stopPropagation()
    notify.warning(cutReason)
  },
} as const
