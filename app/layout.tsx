/** @file The document: theme without a flash, and dynamic rendering, so that every page carries the request's nonce. */
import type { Metadata, Viewport } from 'next'
import { headers } from 'next/headers'
import { ThemeProvider } from 'next-themes'
import type { ReactNode } from 'react'
import './globals.css'

export const metadata: Metadata = {
  title: { default: 'Pod Studio', template: '%s · Pod Studio' },
  description: 'Run workflows on this pod, watch them, look through the results and take them home.',
  robots: { index: false, follow: false },
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  themeColor: [
    { media: '(prefers-color-scheme: dark)', color: '#131313' },
    { media: '(prefers-color-scheme: light)', color: '#f7f7f7' },
  ],
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  const request = await headers()
  const nonce = request.get('x-nonce')
  return (
    <html lang="en" data-last-event={request.get('x-last-event')} suppressHydrationWarning>
      <body>
        <ThemeProvider attribute="class" defaultTheme="dark" enableSystem {...(nonce === null ? {} : { nonce })}>
          {children}
        </ThemeProvider>
      </body>
    </html>
  )
}
