/** @file What every page must allow whoever sees, points or moves differently, as checks of a page as it stands. */
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from 'playwright/test'

/** No serious fault of WCAG 2.2 A and AA, as far as axe can tell. */
export async function expectNoFaults(page: Page, what: string): Promise<void> {
  const axe = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
  const faults = axe.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
  expect(faults, `accessibility of ${what}`).toEqual([])
}

/** Against the screen's own width: a phone's layout grows along with a page that is too wide. */
export async function expectNoSidewaysScroll(page: Page, what: string): Promise<void> {
  const { wide, screen } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    screen: window.screen.width,
  }))
  expect(wide, `width of ${what}`).toBeLessThanOrEqual(screen)
}

/** Whatever can be pressed is at least 24 × 24 px (WCAG 2.5.8), except in running text. */
export async function expectLargeTargets(page: Page, what: string): Promise<void> {
  const small = await page.evaluate(() => {
    const least = 24
    const targets = document.querySelectorAll<HTMLElement>(
      'a[href], button, select, summary, input:not([type=hidden]), [role=slider], [role=menuitem]',
    )
    return [...targets].flatMap((target) => {
      // A field is pressed by its label too, where that is larger.
      const parts = [target, ...((target as Partial<HTMLInputElement>).labels ?? [])]
      const boxes = parts.map((part) => part.getBoundingClientRect())
      const box = boxes.find(({ width, height }) => width >= least && height >= least) ?? boxes[0]!
      const style = getComputedStyle(target)
      const hidden = box.width <= 1 || style.visibility === 'hidden' || target.closest('[inert]') !== null
      const inText = style.display === 'inline' && target.closest('p, dd, li, summary') !== null
      if (hidden || inText || (box.width >= least && box.height >= least)) return []
      return [`${target.ariaLabel ?? target.textContent?.trim().slice(0, 40)}: ${box.width} × ${box.height}`]
    })
  })
  expect(small, `targets of ${what}`).toEqual([])
}

/** Text spaced as WCAG 1.4.12 says loses nothing: no text is cut off that was whole before. */
export async function expectRoomForSpacedText(page: Page, what: string): Promise<void> {
  const cutOff = () =>
    page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('h1, h2, h3, p, button, a, label, dt, dd')]
        .filter((element) => {
          const { overflowX, overflowY, textOverflow, webkitLineClamp, display } = getComputedStyle(element)
          // An ellipsis is meant, and its whole text is in a title or on the page behind it.
          if (textOverflow === 'ellipsis' || webkitLineClamp !== 'none' || display === 'inline') return false
          const clips = overflowX !== 'visible' || overflowY !== 'visible'
          return (
            clips && (element.scrollHeight > element.clientHeight + 2 || element.scrollWidth > element.clientWidth + 2)
          )
        })
        .map((element) => element.textContent?.trim().slice(0, 40) ?? ''),
    )
  const before = await cutOff()
  const style = await page.addStyleTag({
    content:
      '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }',
  })
  const after = await cutOff()
  await style.evaluate((element) => (element as Element).remove())
  expect(
    after.filter((text) => !before.includes(text)),
    `spaced text of ${what}`,
  ).toEqual([])
}
