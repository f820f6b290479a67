/**
 * @file Entry of the web process: reads the configuration, starts the studio, says where it is, and ends it in time when
 * it is told to. Everything else is wired in `studio.ts`.
 */
import { pino } from 'pino'
import { findProjectRoot } from '#platform/project-root'
import { ConfigError, parseConfig } from './config.ts'
import { createStudio } from './studio.ts'

/** A pod's host kills five seconds after SIGTERM; what is in flight gets most of that. */
const graceTime = 3000
const lastMoment = 4000

await main()

async function main(): Promise<void> {
  const config = readConfig()
  if ('help' in config) {
    process.stdout.write(config.help)
    return
  }
  const log = pino({ level: config.logLevel }, pino.destination({ fd: 2, sync: true }))
  const development = process.env.NODE_ENV === 'development'
  // Next and React decide by it; whoever starts the bundle directly means the built product.
  if (!development) Reflect.set(process.env, 'NODE_ENV', 'production')

  const studio = await createStudio(config, { environment: process.env, log, development })

  let closing = false
  const close = () => {
    if (closing) return
    closing = true
    setTimeout(() => process.exit(0), lastMoment)
    studio.close(graceTime).then(
      () => process.exit(0),
      (error) => {
        log.error({ err: error }, 'closing failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', close)
  process.on('SIGINT', close)
  // One broken promise must not take every download and upload with it; it is a fault all the same.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a failure nobody handled'))

  const address = await studio.listen().catch((error: NodeJS.ErrnoException) => refuseToStart(wordsFor(error)))
  if (studio.generatedKey !== null) console.log(`Key (shown only now): ${studio.generatedKey}`)
  console.log(`Pod Studio listening on ${address}`)
  for (const origin of config.publicOrigins) console.log(`Reachable at ${origin}`)
}

function readConfig() {
  try {
    return parseConfig(process.argv.slice(2), process.env, findProjectRoot())
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return refuseToStart(error.message)
  }
}

function wordsFor({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'its port is in use (STUDIO_PORT chooses another)'
  return message
}

function refuseToStart(why: string): never {
  console.error(`Pod Studio cannot start: ${why}`)
  process.exit(2)
}
