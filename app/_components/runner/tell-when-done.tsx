'use client'
/** @file Turns on a notification for runs that end while the studio is not looked at. Asked for by a click only. */
import { Bell, BellRing } from 'lucide-react'
import { useEffect, useState } from 'react'
import { turnOnNotifications } from '../../_client/notifications.ts'
import { usePreferences, useStudio } from '../../_client/studio.tsx'
import { Button } from '../ui/button.tsx'

export function TellWhenDone() {
  const { preferences } = useStudio()
  const on = usePreferences((state) => state.tellWhenDone)
  const [possible, setPossible] = useState(false)
  useEffect(() => setPossible('Notification' in window), [])
  if (!possible) return null
  return (
    <Button
      look="quiet"
      className="mt-2 -ml-3"
      aria-pressed={on}
      onClick={() => (on ? preferences.setState({ tellWhenDone: false }) : void turnOnNotifications(preferences))}
    >
      {on ? <BellRing size={16} aria-hidden /> : <Bell size={16} aria-hidden />}
      {on ? 'You are told when it is done' : 'Tell me when it is done'}
    </Button>
  )
}
