/**
 * @file A process whose memory is bounded in the middle (`prlimit`), so that a network only finds room once another one is
 * closed. Prints what the model store did.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createModelStore } from '../create-store.ts'
import { zerosFeeds, zerosNetwork } from './zeros-network.ts'

const large = 300e6
const events: string[] = []
const store = createModelStore({
  device: 'cpu',
  maxBytes: 1e12,
  threads: 1,
  log: (_level, message) => events.push(message.split(' ')[0]!),
})
await store.network(zerosNetwork('UNet')).run(zerosFeeds(10))
// The runtime's arena keeps this.
await store.network(zerosNetwork('text encoder')).run(zerosFeeds(large))
const taken = Number(/^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024
execFileSync('prlimit', ['--pid', String(process.pid), `--as=${taken + 2 * large}`])
await store.network(zerosNetwork('UNet')).run(zerosFeeds(large))
console.log(events.join(' '))
