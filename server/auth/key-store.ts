/**
 * @file The pod's one key: taken from the environment or made at first start, kept as SHA-256 only. A random 256-bit key
 * needs no slow hash. The engine reads the same file when it has to ask for the key itself.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { mkdir, open, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { publishFile, temporaryPathBeside } from '#platform/files/durable-write'

/** Own prefix, so that a leaked key is recognised for what it is. */
const keyPrefix = 'pas_'
/** Longer values are refused unhashed: nobody makes us hash megabytes. */
const maxKeyBytes = 256
const keyFileName = 'api-key.sha256'

export interface KeyStore {
  /** SHA-256 of the key in hex. */
  hash: string
  /** The key, when it was made just now: the only moment it can be shown. */
  generated: string | null
  /** Whether a presented key is the key; takes the same time for every wrong one. */
  matches(presented: string): boolean
}

/**
 * Loads the key, or makes one.
 * @param secretsDirectory - made with mode 0700 when it is missing
 * @param environmentKey - wins over the file, and replaces what the file holds
 * @throws when the file is there but does not hold a hash
 */
export async function loadKeyStore(options: {
  secretsDirectory: string
  environmentKey: string | null
  randomBytes: (size: number) => Buffer
}): Promise<KeyStore> {
  const { secretsDirectory, environmentKey, randomBytes } = options
  const path = join(secretsDirectory, keyFileName)
  await mkdir(secretsDirectory, { recursive: true, mode: 0o700 })
  const stored = await readHash(path)
  if (environmentKey !== null) {
    const hash = sha256(environmentKey).toString('hex')
    if (hash !== stored) await writeSecret(path, `${hash}\n`)
    return keyStore(hash, null)
  }
  if (stored) return keyStore(stored, null)
  const generated = keyPrefix + randomBytes(32).toString('base64url')
  const hash = sha256(generated).toString('hex')
  await writeSecret(path, `${hash}\n`)
  return keyStore(hash, generated)
}

function keyStore(hash: string, generated: string | null): KeyStore {
  const expected = Buffer.from(hash, 'hex')
  return {
    hash,
    generated,
    matches: (presented) => Buffer.byteLength(presented) <= maxKeyBytes && timingSafeEqual(sha256(presented), expected),
  }
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}

async function readHash(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const hash = text.trim()
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new Error(`${path} does not hold a SHA-256; remove it to get a new key`)
  return hash
}

/** Writes a file only its owner can read, visible only when complete. */
export async function writeSecret(path: string, content: string): Promise<void> {
  const temporary = temporaryPathBeside(path)
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(content)
    } finally {
      await handle.close()
    }
    await publishFile(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}
