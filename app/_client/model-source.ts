/** @file Whether the pod may fetch a model from an address: what the server will say, known before it is asked. Pure. */

/**
 * @param hosts - where the pod's downloads may come from, as the model list says
 * @returns the host when a download can be offered, else null
 */
export function offeredHost(url: string | null | undefined, hosts: readonly string[]): string | null {
  if (!url || !URL.canParse(url)) return null
  const { protocol, hostname, port, username, password, pathname } = new URL(url)
  if (protocol !== 'https:' || port !== '' || username !== '' || password !== '') return null
  if (!hosts.includes(hostname)) return null
  if (hostname === 'github.com' && !/^\/[^/]+\/[^/]+\/releases\/download\//.test(pathname)) return null
  return hostname
}
