/** @file The table of all shortcuts: in the sheet on `?`, and in the settings. */
import { places } from './places.ts'

const groups: [string, [string, string][]][] = [
  [
    'Everywhere',
    [
      ...places.map((place): [string, string] => [`g ${place.key}`, place.name]),
      ['/', 'Search; ↓ goes on to what it found'],
      ['Ctrl + Z', 'Take the last deletion back'],
      ['Shift + X', 'Cancel the running job (asks after a minute)'],
      ['?', 'This list'],
    ],
  ],
  [
    'Grid',
    [
      ['arrows, PgUp, PgDn, Home, End', 'Move'],
      ['Enter', 'Open'],
      ['Space, x', 'Select'],
      ['Shift + arrows', 'Extend the selection'],
      ['Ctrl + A', 'Select everything that matches'],
      ['s, r', 'Star, reject'],
      ['Shift + R', 'Select what is rejected'],
      ['w, Shift + W, b', 'A week further down, up, back again'],
      ['d, Shift + D', 'Download, as zip'],
      ['i', 'Details'],
      ['u, n, e', 'Use the settings, new seed, use as input'],
      ['c', 'Pin as A; on another one, compare'],
      [', .', 'Look through a video'],
      ['+ −', 'Larger, smaller tiles'],
      ['Del, Shift + Del', 'Move to trash, delete for good (asks)'],
      ['Esc', 'End the selection'],
    ],
  ],
  [
    'Viewer',
    [
      ['← → Home End', 'Previous, next, first, last'],
      ['Space', 'Fit or one to one; play or pause'],
      ['+ − 0 1', 'Zoom in, out, fit, one to one'],
      ['l', 'Keep the zoom on the next picture'],
      ['s', 'Star'],
      ['r', 'Reject, go to the next'],
      ['x', 'Select'],
      ['i', 'Details'],
      ['u', 'Use these settings'],
      ['n', 'Run with a new seed'],
      ['e', 'Use as input'],
      ['c', 'Pin as A; on another one, compare'],
      ['m', 'Compare: slider, side by side, blink'],
      [', .', 'One frame back, on'],
      ['[ ]', 'Slower, faster'],
      ['Shift + S', 'Save this frame as an input'],
      ['d, Shift + D', 'Download the file, the finals of its job'],
      ['Del', 'Move to trash, go to the next'],
      ['Shift + Del', 'Delete for good (asks)'],
      ['r, Del in the trash', 'Restore, delete for good (asks)'],
    ],
  ],
  [
    'Trash',
    [
      ['r', 'Restore'],
      ['Del', 'Delete for good (asks)'],
      ['Ctrl + Z', 'Take the last restoring back'],
    ],
  ],
  [
    'Run',
    [
      ['Ctrl + Enter', 'Run'],
      ['Ctrl + Shift + Enter', 'Run before everything waiting'],
    ],
  ],
]

export function ShortcutTable() {
  return (
    <div className="gap-10 md:columns-2">
      {groups.map(([name, keys]) => (
        <section key={name} className="mb-5 break-inside-avoid">
          <h3 className="mb-1 text-sm font-semibold">{name}</h3>
          <dl className="text-sm">
            {keys.map(([key, what]) => (
              <div key={key} className="flex justify-between gap-4 border-b border-line py-1.5 last:border-0">
                <dt className="text-muted">{what}</dt>
                <dd className="max-w-[65%] shrink-0 text-right">
                  <kbd className="rounded-md bg-sunken px-1.5 py-0.5 font-mono text-xs">{key}</kbd>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  )
}
