/**
 * @file Which addresses models may come from: https, hosts on the list, and, when one of those sends us on, the delivery
 * hosts it is known to use. Never an address of a private network, whatever a name says. Pure, but for the look-up.
 */
import { lookup as systemLookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

export interface SourcePolicy {
  /** @returns why not, in words, or null. @param from - the listed host that sent us on; absent: asked by a person */
  refuse(url: URL, from?: string): string | null
  /** Resolves names; gives an error for private addresses. */
  lookup: LookupFunction
}

export interface SourcePolicyOptions {
  hosts: readonly string[]
  /** For tests against a server of this machine: `http` and private addresses are let pass for hosts of the list. */
  trustLocal?: boolean
}

/** Host of the list → where its files really lie. */
const deliveryHosts: Record<string, RegExp> = {
  'huggingface.co': /^([a-z0-9-]+\.)*(huggingface\.co|hf\.co)$/,
  'civitai.com': /^([a-z0-9-]+\.)*civitai\.com$|^civitai-[a-z0-9.-]+\.r2\.cloudflarestorage\.com$/,
  'github.com': /^(objects|release-assets|github-releases)\.githubusercontent\.com$/,
}

export function createSourcePolicy({ hosts, trustLocal = false }: SourcePolicyOptions): SourcePolicy {
  const listed = new Set(hosts)
  return {
    refuse(url, from) {
      const host = url.hostname.toLowerCase()
      if (url.protocol !== 'https:' && !(trustLocal && url.protocol === 'http:')) return 'only https addresses'
      if (url.username !== '' || url.password !== '') return 'no names or passwords in the address'
      if (url.port !== '' && !trustLocal) return 'no port in the address'
      if (isIP(host.replace(/^\[|\]$/g, '')) !== 0 && !trustLocal) return 'a host name, not a number'
      const isDelivery = from !== undefined && deliveryHosts[from]?.test(host) === true
      if (!listed.has(host) && !isDelivery) {
        return `${host} is not among the hosts models may come from: ${[...listed].join(', ')} (STUDIO_MODEL_HOSTS)`
      }
      if (host === 'github.com' && from === undefined && !/^\/[^/]+\/[^/]+\/releases\/download\//.test(url.pathname)) {
        return 'on github.com only files of releases'
      }
      return null
    },
    lookup(hostname, options, callback) {
      systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return callback(error, '')
        const found = trustLocal ? addresses : addresses.filter(({ address }) => isPublicAddress(address))
        const first = found[0]
        if (!first || found.length < addresses.length) {
          const refused = Object.assign(new Error(`${hostname} is an address of a private network`), {
            code: 'EPRIVATE',
          })
          return callback(refused, '')
        }
        if (options.all) callback(null, found)
        else callback(null, first.address, first.family)
      })
    },
  }
}

const reserved = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  reserved.addSubnet(net, prefix, 'ipv4')
}
/** Of IPv6 only what is given out to the public Internet, without the tunnels that carry an IPv4 address inside. */
const publicIpv6 = new BlockList()
publicIpv6.addSubnet('2000::', 3, 'ipv6')
const tunnels = new BlockList()
for (const [net, prefix] of [
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
] as const) {
  tunnels.addSubnet(net, prefix, 'ipv6')
}

/** @param address - as a look-up gives it */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !reserved.check(address, 'ipv4')
  return family === 6 && publicIpv6.check(address, 'ipv6') && !tunnels.check(address, 'ipv6')
}
