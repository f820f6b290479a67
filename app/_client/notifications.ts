/** @file The browser's notifications. It asks its user only after a click, and may refuse for good. */
import { notify } from './notify.ts'
import type { PreferencesStore } from './state/preferences.ts'

/** Turns notifications of ended runs on, after the browser asked; says so when it does not allow them. */
export async function turnOnNotifications(preferences: PreferencesStore): Promise<void> {
  if ((await Notification.requestPermission()) === 'granted') preferences.setState({ tellWhenDone: true })
  else notify.warning('The browser does not allow notifications of this page', { description: 'Its settings can.' })
}
