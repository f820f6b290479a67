'use client'
/** @file Tabs at the bottom of a phone's screen; the pages used less are under "More". The bar of a selection takes their place. */
import { Ellipsis } from 'lucide-react'
import Link from 'next/link'
import { usePathname, useRouter } from 'next/navigation'
import { useLiveJobs } from '../../_client/live/use-live.ts'
import { Menu } from '../ui/menu.tsx'
import { isAt, places, tabCount } from './places.ts'

const tabClass = (here: boolean) =>
  `relative flex h-14 w-full flex-col items-center justify-center gap-0.5 text-xs ${here ? 'font-semibold text-ink' : 'text-muted'}`

/** @param trouble - something is wrong with the pod: where to look for it is under "More" */
export function Tabs({ trouble }: { trouble: boolean }) {
  const pathname = usePathname()
  const router = useRouter()
  const waiting = useLiveJobs().length
  const more = places.slice(tabCount)
  const inMore = more.some((place) => isAt(pathname, place))
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-20 grid grid-cols-5 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] selecting:hidden md:hidden"
    >
      {places.slice(0, tabCount).map((place) => {
        const here = isAt(pathname, place)
        return (
          <Link key={place.href} href={place.href} aria-current={here ? 'page' : undefined} className={tabClass(here)}>
            {here && <Here />}
            <place.icon size={20} strokeWidth={here ? 2.4 : 1.8} aria-hidden />
            {place.name}
            {place.href === '/queue' && waiting > 0 && (
              <span className="absolute top-1 left-1/2 ml-1.5 grid h-4 min-w-4 place-items-center rounded-full bg-accent px-1 text-xs font-semibold text-on-accent tabular-nums">
                {waiting}
                <span className="sr-only"> in the queue</span>
              </span>
            )}
          </Link>
        )
      })}
      <Menu
        label={trouble ? 'More, with something that needs you' : 'More'}
        className={tabClass(inMore)}
        items={more.map((place) => ({
          label: place.name,
          icon: <place.icon size={18} aria-hidden />,
          onSelect: () => router.push(place.href),
        }))}
      >
        {inMore && <Here />}
        <Ellipsis size={20} aria-hidden />
        {trouble && (
          <span
            className="absolute top-1 left-1/2 ml-1.5 grid size-4 place-items-center rounded-full bg-danger text-xs font-bold text-on-danger"
            aria-hidden
          >
            !
          </span>
        )}
        <span aria-hidden>More</span>
      </Menu>
    </nav>
  )
}

const Here = () => <span className="absolute inset-x-5 top-0 h-0.5 rounded-b-full bg-accent" aria-hidden />
