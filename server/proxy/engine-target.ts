/** @file Where the engine can be reached now, as the proxy needs to know it. */

/** An engine that answers. */
export interface EngineAddress {
  /** `http://host:port`, no trailing slash. */
  url: string
  /** Key to present to an engine that is not on loopback. */
  apiKey: string | null
}

export interface EngineTarget {
  /** The engine's address, or null while there is none to talk to. */
  address(): EngineAddress | null
  /** Why there is none, as a sentence for the caller. */
  whyNot(): string
}
