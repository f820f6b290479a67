/**
 * @file The composition root of the web process: configuration in, a studio that can listen and close out. Wires who may
 * come in (edge, keys, sessions), the engine's process and proxy, the admin API, and the pages. Prints nothing.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { studioDirectory } from '#platform/studio-directory'
import { createAdminApi } from './admin-api.ts'
import { createAuthenticator } from './auth/authenticator.ts'
import { clientAddress } from './auth/client-address.ts'
import { loadKeyStore } from './auth/key-store.ts'
import { createOriginPolicy } from './auth/origin-policy.ts'
import { authRoutes } from './auth/routes.ts'
import { loadSessions } from './auth/sessions.ts'
import { createThrottle } from './auth/throttle.ts'
import type { Config } from './config.ts'
import { createOpenStreams } from './events/open-streams.ts'
import { copySamplesOnFirstStart } from './first-start.ts'
import { type App, createApp } from './http/app.ts'
import { createEdge } from './http/edge.ts'
import { installOpenApi } from './http/openapi.ts'
import { unknownAddresses } from './http/unknown-addresses.ts'
import { mountPages } from './pages/next-pages.ts'
import { pageRoutes } from './pages/routes.ts'
import { engineProxyRoutes } from './proxy/engine-proxy.ts'
import { attachSocketProxy } from './proxy/socket-proxy.ts'
import { createEngineLink } from './supervisor/create-engine-link.ts'
import { scrubbedEnvironment } from './supervisor/scrubbed-environment.ts'
import { readBuild } from './system/build.ts'
import { healthRoutes } from './system/routes.ts'

export interface StudioOptions {
  environment: NodeJS.ProcessEnv
  log: FastifyBaseLogger
  /** Pages from sources, as they are edited. */
  development?: boolean
  /** Milliseconds since the epoch. */
  now?: () => number
}

export interface Studio {
  app: App
  /** The key, when it was made just now. */
  generatedKey: string | null
  /** Begins to answer, then starts everything else. @returns the address, `http://host:port` */
  listen(): Promise<string>
  /** Stops accepting, lets what runs finish for at most `graceTime` milliseconds, and ends the engine. */
  close(graceTime: number): Promise<void>
}

/** Failed logins a minute; the global limit slows down guessing from many addresses. */
const loginLimits = { perAddress: 5, overall: 20 }
/** Wrong keys a minute in requests; far more than a misconfigured script sends, far less than a search needs. */
const keyLimits = { perAddress: 600, overall: Number.POSITIVE_INFINITY }

export async function createStudio(config: Config, options: StudioOptions): Promise<Studio> {
  const { environment, log, development = false, now = Date.now } = options
  const directory = studioDirectory(config.studioDir, config.projectRoot)
  const childEnvironment = scrubbedEnvironment(environment)

  await copySamplesOnFirstStart(directory)
  const build = await readBuild(config.projectRoot)

  const policy = createOriginPolicy({
    publicOrigins: config.publicOrigins,
    listenHost: config.host,
    trustProxy: config.trustProxy,
  })
  const addressOf = (request: IncomingMessage) => clientAddress(request, config.trustProxy)
  const keys = await loadKeyStore({
    secretsDirectory: directory.secrets,
    environmentKey: config.apiKey,
    randomBytes,
  })
  const streams = createOpenStreams()
  const sessions = await loadSessions({
    path: join(directory.secrets, 'sessions.json'),
    keyHash: keys.hash,
    now,
    randomBytes,
    onEnded(hash) {
      sockets.endSession(hash)
      streams.endSession(hash)
    },
    onWriteError: (error) => log.warn({ err: error }, 'sessions could not be written'),
  })
  const authenticator = createAuthenticator({
    keys,
    sessions,
    throttle: createThrottle(keyLimits, now),
    addressOf,
    isSecure: policy.isSecure,
  })

  const engine = createEngineLink({ config, directory, environment: childEnvironment, now, log })
  const admin = await createAdminApi({
    config,
    directory,
    engine,
    build,
    log,
    environment: childEnvironment,
    streams,
    now,
  })
  const pages = mountPages({
    directory: config.projectRoot,
    hostname: config.host,
    development,
    onError: (error) => log.error({ err: error }, 'the pages could not be started'),
  })

  const app = createApp({
    authenticator,
    refuseCrossSite: policy.refuseCrossSite,
    edge: createEdge(policy),
    log,
  })
  const server = app.server as Server
  const sockets = attachSocketProxy(server, {
    authenticator,
    policy,
    target: engine,
    otherUpgrade: development ? pages.upgrade : undefined,
  })

  await installOpenApi(app, build)
  await app.register(healthRoutes(build))
  await app.register(
    authRoutes({ keys, sessions, throttle: createThrottle(loginLimits, now), addressOf, isSecure: policy.isSecure }),
    { prefix: '/api/auth' },
  )
  await app.register(unknownAddresses, { prefix: '/api/auth' })
  await app.register(admin.routes, { prefix: '/api/admin' })
  await app.register(engineProxyRoutes(engine))
  await app.register(
    pageRoutes({
      pages,
      authenticator,
      publicDirectory: join(config.projectRoot, 'public'),
      assetDirectory: join(config.projectRoot, '.next', 'static'),
      development,
      lastEventId: admin.lastEventId,
      randomBytes,
    }),
  )

  return {
    app,
    generatedKey: keys.generated,
    async listen() {
      await app.listen({ host: config.host, port: config.port })
      engine.start()
      const { port } = server.address() as AddressInfo
      return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
    },
    async close(graceTime) {
      const cut = setTimeout(() => server.closeAllConnections(), graceTime)
      sockets.close()
      await Promise.all([engine.stop(graceTime), app.close().then(() => clearTimeout(cut))])
      await Promise.all([admin.close(), sessions.close(), pages.close()])
    },
  }
}
