/**
 * @file Keeps the connection to the engine's feed: connects, watches that it lives, comes back with a growing pause.
 * After every connection the engine first sends a snapshot, then changes; this file passes both on in order and knows
 * nothing of jobs.
 */
import { WebSocket } from 'ws'
import type { FeedMessage } from '#contracts/studio-feed'
import { type PreviewFrame, parseFeedMessage, parsePreviewFrame } from './feed-frame.ts'

/** What the feed says of the engine. */
export interface EngineFeedState {
  /** Connected, and the snapshot was received. */
  connected: boolean
  /** State of the engine's runner; `down` without a connection. */
  runner: 'starting' | 'ready' | 'busy' | 'down'
  /** What the engine computes on; null until it was heard once. */
  device: string | null
  /** Why the runner is down, in words. */
  detail: string | null
  /** Nothing is taken from the queue; what was heard last. */
  paused: boolean
  /** Resident bytes of the runner process. */
  runnerRss: number | null
}

export interface EngineFeedListener {
  /** Called in the order of the wire. */
  message(message: FeedMessage): void
  preview(frame: PreviewFrame): void
  /** The state changed. */
  state?(state: EngineFeedState): void
}

export interface EngineFeedOptions {
  /** Where the engine listens now, e.g. `http://127.0.0.1:8188`; null while it has no address. */
  baseUrl: () => string | null
  headers?: () => Record<string, string>
  listener: EngineFeedListener
  /** Told of text that is not understood, without its content. */
  onUnknown?: (kind: 'text' | 'binary') => void
  /** First pause after a lost connection, in milliseconds. @default 250 */
  firstPause?: number
  /** Longest pause. @default 2000 */
  longestPause?: number
  /** A connection that is silent for so long is given up. @default 45000 */
  silence?: number
  /** 0 to 1; spreads the pauses. @default Math.random */
  random?: () => number
}

export interface EngineFeed {
  state(): EngineFeedState
  /** Ends the connection for good. */
  close(): void
}

/** Biggest frame: previews are small, a snapshot of a long queue is not. */
const maxFrame = 64 * 1024 * 1024

/** Begins to connect, and keeps doing so until `close`. */
export function openEngineFeed(options: EngineFeedOptions): EngineFeed {
  const { baseUrl, headers, listener, onUnknown, random = Math.random } = options
  const { firstPause = 250, longestPause = 2000, silence = 45_000 } = options
  let state: EngineFeedState = {
    connected: false,
    runner: 'down',
    device: null,
    detail: null,
    paused: false,
    runnerRss: null,
  }
  let socket: WebSocket | null = null
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  let closed = false

  function update(change: Partial<EngineFeedState>): void {
    state = { ...state, ...change }
    listener.state?.(state)
  }

  function connect(): void {
    const base = baseUrl()
    if (base === null) {
      retry()
      return
    }
    const url = new URL('/internal/studio/feed', base)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    const current = new WebSocket(url, {
      ...(headers ? { headers: headers() } : {}),
      perMessageDeflate: false,
      maxPayload: maxFrame,
      handshakeTimeout: 5000,
    })
    socket = current
    let watch = setTimeout(giveUp, silence)
    // A peer that vanished without a word (no FIN) would be believed for ever; any frame or ping is a sign of life.
    const heard = () => {
      clearTimeout(watch)
      watch = setTimeout(giveUp, silence)
    }
    const pinger = setInterval(() => current.readyState === WebSocket.OPEN && current.ping(), silence / 3)
    function giveUp(): void {
      current.terminate()
    }
    current.on('ping', heard)
    current.on('pong', heard)
    current.on('message', (data: Buffer, isBinary: boolean) => {
      heard()
      if (closed) return
      if (isBinary) receivePreview(data)
      else receiveText(data.toString('utf8'))
    })
    // 'close' follows 'error'; an unheard 'error' would end the process.
    current.on('error', () => undefined)
    current.on('close', () => {
      clearTimeout(watch)
      clearInterval(pinger)
      if (socket === current) socket = null
      if (closed) return
      if (state.connected) update({ connected: false, runner: 'down', detail: null, runnerRss: null })
      retry()
    })
  }

  function receiveText(text: string): void {
    const message = parseFeedMessage(text)
    if (!message) {
      onUnknown?.('text')
      return
    }
    if (message.type === 'snapshot') failures = 0
    // Changes before the snapshot have nothing to apply to; the snapshot contains them.
    else if (!state.connected) return
    listener.message(message)
    if (message.type === 'snapshot') {
      update({ connected: true, device: message.device, runner: message.runner, detail: null, paused: message.paused })
    } else if (message.type === 'runner') {
      update({ runner: message.state, detail: message.detail, runnerRss: message.rss })
    } else if (message.type === 'queue') {
      update({ paused: message.paused })
    }
  }

  function receivePreview(data: Buffer): void {
    const frame = parsePreviewFrame(data)
    if (frame) listener.preview(frame)
    else onUnknown?.('binary')
  }

  function retry(): void {
    if (closed) return
    const pause = Math.min(longestPause, firstPause * 2 ** failures++)
    timer = setTimeout(connect, pause * (0.75 + random() / 2))
  }

  connect()
  return {
    state: () => state,
    close() {
      closed = true
      clearTimeout(timer)
      socket?.terminate()
    },
  }
}
