/**
 * @file Who the users are and where their files lie. One user, `default`, unless the engine runs for several; then a
 * request names its user in a header. An organisational convenience, no security.
 */
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { writeFileDurably } from '#platform/files/durable-write'

/** A refusal in words; the routes answer it with 400. */
export class UserError extends Error {
  override name = 'UserError'
}

const usersSchema = z.record(z.string(), z.string())
const defaultUser = 'default'

export interface UserStoreOptions {
  /** Absolute; holds a directory per user and `users.json`. */
  directory: string
  multiUser: boolean
  newId: () => string
}

export function createUserStore({ directory, multiUser, newId }: UserStoreOptions) {
  const file = join(directory, 'users.json')
  let adding: Promise<unknown> = Promise.resolve()

  async function readUsers(): Promise<Record<string, string>> {
    try {
      return usersSchema.parse(JSON.parse(await readFile(file, 'utf8')))
    } catch {
      return {}
    }
  }

  async function add(username: unknown): Promise<string> {
    if (typeof username !== 'string' || username.trim() === '') throw new UserError('username not provided')
    const name = username.trim()
    const users = await readUsers()
    if (Object.values(users).includes(name)) throw new UserError('Duplicate username.')
    const id = `${name.replace(/[^a-zA-Z0-9-]/g, '-').slice(0, 100)}_${newId()}`
    await mkdir(join(directory, id), { recursive: true })
    await writeFileDurably(file, JSON.stringify({ ...users, [id]: name }))
    return id
  }

  return {
    multiUser,

    /** User id → name. */
    list: readUsers,

    /** True when the single user has a directory. */
    async hasDefaultDirectory(): Promise<boolean> {
      return (await stat(join(directory, defaultUser)).catch(() => null))?.isDirectory() ?? false
    },

    /** @returns the new user's id @throws UserError when the name is missing or taken */
    add(username: unknown): Promise<string> {
      const added = adding.then(() => add(username))
      adding = added.catch(() => undefined)
      return added
    },

    /**
     * Absolute directory of the user that a request speaks for.
     * @param named - the header `Comfy-User`
     * @throws UserError for an unknown user
     */
    async directoryOf(named: string | undefined): Promise<string> {
      if (!multiUser) return join(directory, defaultUser)
      // Ids that begin with two underscores are the system's own.
      const known = named !== undefined && !named.startsWith('__') && Object.hasOwn(await readUsers(), named)
      if (!known) throw new UserError(`Unknown user: ${named ?? ''}`)
      return join(directory, named)
    },
  }
}

export type UserStore = ReturnType<typeof createUserStore>
