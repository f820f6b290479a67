/** @file The few words the studio says in HTML without Next: while the pages start, and when they cannot. */

/**
 * A small page without scripts.
 * @param refresh - where to go, and after how many seconds
 */
export function plainPage({
  title,
  text,
  refresh,
}: {
  title: string
  text: string
  refresh?: { seconds: number; url?: string }
}): string {
  const target = refresh?.url === undefined ? '' : `;url=${refresh.url}`
  const meta = refresh ? `<meta http-equiv="refresh" content="${escapeHtml(`${refresh.seconds}${target}`)}">` : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${meta}
<title>${escapeHtml(title)}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1.5rem}h1{font-size:1.25rem}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
</body>
</html>
`
}

/** Headers of such a page. */
export const plainPageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
} as const

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
