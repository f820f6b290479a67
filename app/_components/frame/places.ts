/** @file The studio's pages: where they are, what they are called, which key leads there. One list for rail, tabs and keys. */
import { Box, Cpu, Images, Layers, LayoutGrid, ListOrdered, Settings, Sparkles, Trash2 } from 'lucide-react'

export interface Place {
  href: string
  name: string
  icon: typeof Images
  /** pressed after `g` */
  key: string
}

export const places: readonly Place[] = [
  { href: '/jobs', name: 'Jobs', icon: Images, key: 'j' },
  { href: '/run', name: 'Run', icon: Sparkles, key: 'r' },
  { href: '/queue', name: 'Queue', icon: ListOrdered, key: 'q' },
  { href: '/inputs', name: 'Inputs', icon: Layers, key: 'i' },
  { href: '/files', name: 'Files', icon: LayoutGrid, key: 'f' },
  { href: '/models', name: 'Models', icon: Box, key: 'm' },
  { href: '/pod', name: 'Pod', icon: Cpu, key: 'p' },
  { href: '/trash', name: 'Trash', icon: Trash2, key: 't' },
  { href: '/settings', name: 'Settings', icon: Settings, key: 's' },
]

/** The first four are tabs on a phone; the others lie under "More". */
export const tabCount = 4

export const isAt = (pathname: string, place: Place) => pathname === place.href || pathname.startsWith(`${place.href}/`)
