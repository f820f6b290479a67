/** @file To the clipboard, also where the browser has no `navigator.clipboard`: on plain http. */
import { notify } from './notify.ts'

/** Never rejects: that the browser refuses is said. @param what - for those words: `Seed` @returns whether it is there */
export async function copyText(text: string, what: string): Promise<boolean> {
  const copied = navigator.clipboard === undefined ? copySelected(text) : await copyByClipboard(text)
  if (!copied) {
    notify.error(`${what} was not copied`, { description: 'The browser does not allow it: select the text by hand.' })
  }
  return copied
}

const copyByClipboard = (text: string) =>
  navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  )

function copySelected(text: string): boolean {
  const focused = document.activeElement
  const field = document.createElement('textarea')
  field.value = text
  field.readOnly = true
  field.style.cssText = 'position:fixed;opacity:0'
  // Beside what was pressed: outside of an open dialog nothing can be selected.
  const place = focused?.parentElement ?? document.body
  place.append(field)
  field.select()
  const copied = document.execCommand('copy')
  field.remove()
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true })
  return copied
}
