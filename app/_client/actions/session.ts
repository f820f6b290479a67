/** @file Signing in and out. */

import type { LoginResult } from '#contracts/auth'
import { postJson } from '../http.ts'

/** @returns where to go. @throws ApiError 401 for a wrong key, 429 after too many tries */
export async function signIn(apiKey: string, next: string | null) {
  const body = next === null ? { api_key: apiKey } : { api_key: apiKey, next }
  return (await postJson<LoginResult>('/api/auth/login', body)).redirect
}

export const signOut = () => postJson<unknown>('/api/auth/logout', {})
