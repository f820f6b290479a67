import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createOriginPolicy } from './origin-policy.ts'

const pod = 'https://abc123-3000.proxy.runpod.net'
const policy = createOriginPolicy({ publicOrigins: [pod], listenHost: '0.0.0.0', trustProxy: false })
const request = (headers: Record<string, string>) => ({ headers }) as unknown as IncomingMessage
const refuses = (act: () => void) => {
  try {
    act()
    return false
  } catch {
    return true
  }
}

describe('the allow-list of hosts', () => {
  it.each([
    'localhost',
    'localhost:3000',
    '127.0.0.1:49152',
    '127.1.2.3',
    '[::1]:3000',
    'LOCALHOST:3000',
    'abc123-3000.proxy.runpod.net',
    'ABC123-3000.proxy.runpod.net:443',
  ])('accepts %s', (host) => {
    expect(policy.allowsHost(host)).toBe(true)
  })

  it.each([
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:3000',
    '0.0.0.0:3000',
    'abc123-3001.proxy.runpod.net',
    'abc123-3000.proxy.runpod.net.evil.example',
    'abc123-3000.proxy.runpod.net:8080',
    'localhost:3000@evil.example',
    'localhost:port',
    'local host',
    '[::1',
  ])('refuses %s', (host) => {
    expect(policy.allowsHost(host)).toBe(false)
  })

  it('accepts the one address the studio was told to listen on', () => {
    const own = createOriginPolicy({ publicOrigins: [], listenHost: '192.168.1.5', trustProxy: false })
    expect(own.allowsHost('192.168.1.5:3000')).toBe(true)
    expect(own.allowsHost('192.168.1.6:3000')).toBe(false)
    const six = createOriginPolicy({ publicOrigins: [], listenHost: 'fd00::5', trustProxy: false })
    expect(six.allowsHost('[fd00::5]:3000')).toBe(true)
  })
})

describe('a state-changing request with a cookie', () => {
  const host = 'localhost:3000'
  it.each([
    [{ host, origin: 'http://localhost:3000' }],
    [{ host, 'sec-fetch-site': 'same-origin' }],
    [{ host, origin: pod }],
    [{ host: 'abc123-3000.proxy.runpod.net', origin: pod, 'sec-fetch-site': 'same-origin' }],
  ])('passes from our own page: %o', (headers) => {
    expect(refuses(() => policy.refuseCrossSite(request(headers)))).toBe(false)
  })

  it.each([
    [{ host }],
    [{ host, origin: 'null' }],
    [{ host, origin: 'null', 'sec-fetch-site': 'same-origin' }],
    [{ host, origin: 'https://evil.example' }],
    [{ host, origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }],
    [{ host, origin: 'http://localhost:5173' }],
    [{ host, origin: 'http://127.0.0.1:3000' }],
    [{ host, 'sec-fetch-site': 'same-site' }],
    [{ host, 'sec-fetch-site': 'cross-site' }],
    [{ host, 'sec-fetch-site': 'none' }],
    [{ host: 'abc123-3000.proxy.runpod.net', origin: 'http://abc123-3000.proxy.runpod.net' }],
  ])('is refused from elsewhere, or when nothing says where from: %o', (headers) => {
    expect(refuses(() => policy.refuseCrossSite(request(headers as Record<string, string>)))).toBe(true)
  })
})

describe('a WebSocket', () => {
  const host = 'localhost:3000'
  it('needs an own origin when a cookie speaks for it', () => {
    expect(refuses(() => policy.refuseForeignSocket(request({ host }), 'session'))).toBe(true)
    expect(refuses(() => policy.refuseForeignSocket(request({ host, origin: 'null' }), 'session'))).toBe(true)
    expect(
      refuses(() => policy.refuseForeignSocket(request({ host, origin: 'http://localhost:3000' }), 'session')),
    ).toBe(false)
  })

  it('needs no origin with the key, but a foreign one is refused even then', () => {
    expect(refuses(() => policy.refuseForeignSocket(request({ host }), 'key'))).toBe(false)
    expect(refuses(() => policy.refuseForeignSocket(request({ host, origin: 'https://evil.example' }), 'key'))).toBe(
      true,
    )
  })
})

describe('https', () => {
  it('is known by the public origin, or by a proxy that is trusted', () => {
    const trusting = createOriginPolicy({ publicOrigins: [], listenHost: '0.0.0.0', trustProxy: true })
    expect(policy.isSecure(request({ host: 'abc123-3000.proxy.runpod.net' }))).toBe(true)
    expect(policy.isSecure(request({ host: 'localhost', 'x-forwarded-proto': 'https' }))).toBe(false)
    expect(trusting.isSecure(request({ host: 'localhost', 'x-forwarded-proto': 'https' }))).toBe(true)
    expect(trusting.isSecure(request({ host: 'localhost', 'x-forwarded-proto': 'http' }))).toBe(false)
  })
})
