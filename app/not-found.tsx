/** @file An address the studio does not have. */
import Link from 'next/link'

export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-items-center p-6 text-center">
      <div>
        <h1 className="text-xl font-semibold">This page does not exist</h1>
        <p className="mt-2 text-sm text-muted">The address may be mistyped, or the page has moved.</p>
        <Link
          href="/jobs"
          className="mt-6 inline-block rounded-lg bg-accent px-4 py-2 text-sm font-medium text-on-accent"
        >
          To the jobs
        </Link>
      </div>
    </main>
  )
}
