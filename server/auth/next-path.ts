/** @file Where to go after signing in: a path of the studio, never another site. */

/**
 * Judges a wished `next`.
 * @returns the path with its query, or `/` when it is not one of the studio's pages
 */
export function safeNextPath(wished: string | undefined): string {
  if (!wished?.startsWith('/') || /[\\\u0000-\u001f\u007f]/.test(wished)) return '/'
  if (!URL.canParse(wished, 'http://studio')) return '/'
  const url = new URL(wished, 'http://studio')
  if (url.origin !== 'http://studio' || url.pathname.startsWith('//')) return '/'
  if (url.pathname === '/login' || /^\/(api|engine|_next)(\/|$)/.test(url.pathname)) return '/'
  return url.pathname + url.search + url.hash
}
