/** @file Signing in with the pod's key. */
import * as z from 'zod'

export const loginSchema = z.object({ api_key: z.string().max(1024), next: z.string().max(2000).optional() })
export const loginResultSchema = z.object({ status: z.literal('ok'), redirect: z.string() })
export type LoginResult = z.infer<typeof loginResultSchema>
export const sessionCookieName = 'studio_session'
