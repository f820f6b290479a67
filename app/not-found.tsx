/** @file An address the studio does not have. A plain link: this is loaded with every page, and `next/link` is 3 KB. */

export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-items-center p-6 text-center">
      <div>
        <h1 className="text-xl font-semibold">This page does not exist</h1>
        <p className="mt-2 text-sm text-muted">The address may be mistyped, or the page has moved.</p>
        <a href="/jobs" className="mt-6 inline-block rounded-lg bg-accent px-4 py-2 text-sm font-medium text-on-accent">
          To the jobs
        </a>
      </div>
    </main>
  )
}
