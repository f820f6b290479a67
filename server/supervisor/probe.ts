/** @file Asks an engine whether it is there. Any answer to ComfyUI's cheapest question counts. */
import type { EngineAddress } from '../proxy/engine-target.ts'

/**
 * @param timeout - milliseconds
 * @returns null when it answers, else why not in words
 */
export async function probeEngine(address: EngineAddress, timeout: number): Promise<string | null> {
  try {
    const response = await fetch(`${address.url}/prompt`, {
      headers: address.apiKey === null ? {} : { 'X-API-Key': address.apiKey },
      signal: AbortSignal.timeout(timeout),
    })
    await response.body?.cancel()
    if (response.ok) return null
    if (response.status === 401 || response.status === 403) return 'it does not accept our key (ENGINE_API_KEY)'
    return `it answers with status ${response.status}`
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') return 'it does not answer in time'
    const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code
    if (code === 'ECONNREFUSED') return 'nothing listens at its address'
    return `it cannot be reached${code ? ` (${code})` : ''}`
  }
}
