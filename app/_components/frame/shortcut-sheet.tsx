'use client'
/** @file The list of shortcuts as a dialog. Loaded when it is asked for. */
import { Dialog } from '../ui/dialog.tsx'
import { ShortcutTable } from './shortcut-table.tsx'

export const ShortcutSheet = ({ onClose }: { onClose: () => void }) => (
  <Dialog open wide title="Keyboard shortcuts" onClose={onClose}>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key */}
    <section aria-label="All shortcuts" tabIndex={0} className="max-h-[70dvh] overflow-y-auto">
      <ShortcutTable />
    </section>
  </Dialog>
)
