/** @file What fills the disk, by kind, the largest first, each with its size and the page where it can be freed. */

import Link from 'next/link'
import type { System } from '#contracts/system'
import { formatBytes } from '../../_client/format/bytes.ts'

type Kind = keyof System['disk']['used_by']

const kinds: Record<Kind, { name: string; href: string | null }> = {
  outputs: { name: 'Outputs', href: '/jobs' },
  inputs: { name: 'Inputs', href: '/inputs' },
  trash: { name: 'Trash', href: '/trash' },
  models: { name: 'Models', href: null },
  cache: { name: 'Cache', href: null },
}

export function DiskUse({ usedBy }: { usedBy: System['disk']['used_by'] }) {
  const rows = (Object.entries(usedBy) as [Kind, number][]).sort((a, b) => b[1] - a[1])
  const largest = Math.max(1, ...rows.map(([, bytes]) => bytes))
  return (
    <table className="mt-5 w-full text-sm">
      <caption className="sr-only">What fills the disk</caption>
      <tbody>
        {rows.map(([kind, bytes]) => {
          const { name, href } = kinds[kind]
          return (
            <tr key={kind} className="border-b border-line last:border-0">
              <th scope="row" className="w-28 py-2 pr-4 text-left font-medium">
                {href === null ? (
                  name
                ) : (
                  <Link href={href} className="inline-block underline underline-offset-2 max-md:py-3">
                    {name}
                  </Link>
                )}
              </th>
              <td className="py-2 max-sm:hidden">
                <div className="h-2 rounded-full bg-line-strong" style={{ width: `${(bytes / largest) * 100}%` }} />
              </td>
              <td className="w-28 py-2 pl-4 text-right text-muted tabular-nums">{formatBytes(bytes)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
