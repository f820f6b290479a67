'use client'
/** @file Settings of this browser, the shortcut list, what the studio is; the key is `access.tsx`. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Monitor, Moon, Sun } from 'lucide-react'
import { useTheme } from 'next-themes'
import { useEffect, useState } from 'react'
import { changeSettings } from '../../_client/actions/pod.ts'
import { inWords } from '../../_client/api-error.ts'
import { count } from '../../_client/format/words.ts'
import { turnOnNotifications } from '../../_client/notifications.ts'
import { notify } from '../../_client/notify.ts'
import { settingsQuery } from '../../_client/queries/pod.ts'
import { systemQuery } from '../../_client/queries/system.ts'
import { previewPaces } from '../../_client/state/preferences.ts'
import { usePreferences, useStudio } from '../../_client/studio.tsx'
import { ShortcutTable } from '../frame/shortcut-table.tsx'
import { inputClass } from '../ui/field.tsx'
import { useNeedsPod } from '../ui/needs-pod.ts'
import { Column, PageHead, Panel } from '../ui/page.tsx'
import { Access } from './access.tsx'
import { Setting, Toggle } from './setting.tsx'
import { Thumbnails } from './thumbnails.tsx'

function TrashDays() {
  const cache = useQueryClient()
  const days = useQuery(settingsQuery).data?.trash_days
  const cut = useNeedsPod()
  const change = useMutation({
    mutationFn: changeSettings,
    onSuccess: (settings) => {
      cache.setQueryData(settingsQuery.queryKey, settings)
      void cache.invalidateQueries({ queryKey: ['trash'] })
    },
    onError: (error) => notify.error(inWords(error)),
  })
  return (
    <select
      id="trash-days"
      value={days ?? ''}
      disabled={days === undefined || change.isPending || cut !== undefined}
      title={cut?.title}
      onChange={(event) => change.mutate({ trash_days: Number(event.target.value) })}
      className={`${inputClass} max-w-36`}
    >
      {[...new Set([1, 3, 7, 14, 30, 90, ...(days === undefined ? [] : [days])])]
        .sort((a, b) => a - b)
        .map((choice) => (
          <option key={choice} value={choice}>
            {count(choice, 'day')}
          </option>
        ))}
    </select>
  )
}

export function SettingsPage() {
  const system = useQuery(systemQuery).data
  return (
    <Column>
      <PageHead title="Settings" about="Kept in this browser, but for what is said to hold everywhere." />
      <div className="flex flex-col gap-4">
        <Panel className="divide-y divide-line">
          <Setting name="Theme" about="Pictures always stand on a neutral grey.">
            <ThemeChoice />
          </Setting>
          <Switch
            name="shortcuts"
            label="Single-key shortcuts"
            about="Single characters such as x, + and g j. Arrows and Enter always work."
          />
          <Switch name="livePreview" label="Live preview" about="Pictures of a running job while it works." />
          <Setting
            name="Preview rate"
            about="Fewer pictures of a running job need less of a slow connection."
            htmlFor="preview-rate"
          >
            <PreviewRate />
          </Setting>
          <Notifications />
          <Sound />
          <Switch name="details" label="Details in the viewer" about="The panel with settings beside the picture." />
        </Panel>
        <Panel className="divide-y divide-line">
          <Setting
            name="Trash"
            about="Deleted files go for good after this time. Holds for every browser."
            htmlFor="trash-days"
          >
            <TrashDays />
          </Setting>
          <Thumbnails />
        </Panel>
        <Access />
        <Panel className="p-5">
          <h2 className="mb-4 text-base font-semibold">Keyboard shortcuts</h2>
          <ShortcutTable />
        </Panel>
        <Panel className="p-5">
          <h2 className="text-base font-semibold">Pod Studio</h2>
          <p className="text-sm text-muted">
            {system
              ? `Version ${system.version}, build ${system.build_id}, Node ${system.pod.node}, ${system.pod.platform}`
              : 'Loading…'}
          </p>
          <p className="text-sm text-muted">
            MIT licence. Networks and photographs that ship have their own, beside them.
          </p>
        </Panel>
      </div>
    </Column>
  )
}

const themes = [
  { value: 'system', label: 'System', icon: Monitor },
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
]

function ThemeChoice() {
  const { theme, setTheme } = useTheme()
  // The server does not know the choice: nothing is marked before the page is awake.
  const [awake, setAwake] = useState(false)
  useEffect(() => setAwake(true), [])
  return (
    <fieldset className="flex rounded-lg border border-line bg-sunken p-1">
      <legend className="sr-only">Theme</legend>
      {themes.map(({ value, label, icon: Icon }) => (
        <label
          key={value}
          className="flex h-9 items-center gap-2 rounded-md px-3 text-sm text-muted has-checked:bg-surface has-checked:font-medium has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent md:h-8"
        >
          <input
            type="radio"
            name="theme"
            value={value}
            checked={awake && theme === value}
            onChange={() => setTheme(value)}
            className="sr-only"
          />
          <Icon size={16} aria-hidden />
          {label}
        </label>
      ))}
    </fieldset>
  )
}

const paceWords: Record<(typeof previewPaces)[number], string> = {
  0: 'Up to 4 a second',
  1000: 'One a second',
  5000: 'One every 5 s',
  15000: 'One every 15 s',
}

function PreviewRate() {
  const { preferences } = useStudio()
  const on = usePreferences((state) => state.livePreview)
  const every = usePreferences((state) => state.previewEvery)
  return (
    <select
      id="preview-rate"
      value={every}
      disabled={!on}
      onChange={(event) => preferences.setState({ previewEvery: Number(event.target.value) })}
      className={`${inputClass} max-w-64`}
    >
      {previewPaces.map((pace) => (
        <option key={pace} value={pace}>
          {paceWords[pace]}
        </option>
      ))}
    </select>
  )
}

/** The browser has the last word, and it asks only after a click. */
function Notifications() {
  const { preferences } = useStudio()
  const wanted = usePreferences((state) => state.tellWhenDone)
  const [permission, setPermission] = useState<NotificationPermission | 'none'>('default')
  useEffect(() => setPermission('Notification' in window ? Notification.permission : 'none'), [])
  const turnOn = () => void turnOnNotifications(preferences).finally(() => setPermission(Notification.permission))
  const about = {
    none: 'This browser has none for this page: it needs a secure address (https), on a phone the installed app.',
    denied: 'The browser blocks them for this page; its own settings can allow them.',
    default: 'When a run ends while this page is not seen. The browser asks first.',
    granted: 'When a run ends while this page is not seen.',
  }[permission]
  return (
    <Setting name="Notifications" about={about} htmlFor="setting-notifications">
      <Toggle
        id="setting-notifications"
        on={wanted && permission === 'granted'}
        disabled={permission === 'none' || permission === 'denied'}
        onChange={(on) => (on ? turnOn() : preferences.setState({ tellWhenDone: false }))}
      />
    </Setting>
  )
}

/** Turning it on plays it: one hears what one chose, and the browser sees the click that it wants. */
function Sound() {
  const { preferences } = useStudio()
  const on = usePreferences((state) => state.soundWhenDone)
  const change = (next: boolean) => {
    preferences.setState({ soundWhenDone: next })
    if (next) import('../../_client/tone.ts').then(({ playTone }) => playTone('done')).catch(() => undefined)
  }
  return (
    <Setting
      name="Sound"
      about="A short tone when a run ends. After a reload the browser allows it from the first click on."
      htmlFor="setting-sound"
    >
      <Toggle id="setting-sound" on={on} onChange={change} />
    </Setting>
  )
}

interface SwitchProps {
  name: 'shortcuts' | 'livePreview' | 'details'
  label: string
  about: string
}

function Switch({ name, label, about }: SwitchProps) {
  const { preferences } = useStudio()
  const on = usePreferences((state) => state[name])
  return (
    <Setting name={label} about={about} htmlFor={`setting-${name}`}>
      <Toggle id={`setting-${name}`} on={on} onChange={(next) => preferences.setState({ [name]: next })} />
    </Setting>
  )
}
