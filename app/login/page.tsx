/** @file Signing in. */
import type { Metadata } from 'next'
import { LoginPage } from '../_components/login/login-page.tsx'

export const metadata: Metadata = { title: 'Sign in' }

export default async function Page({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const { next } = await searchParams
  return <LoginPage next={typeof next === 'string' ? next : null} />
}
