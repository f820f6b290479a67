/** @file Everything behind the sign-in: one studio, one frame, for all pages. */
import type { ReactNode } from 'react'
import { StudioProvider } from '../_client/studio.tsx'
import { Frame } from '../_components/frame/frame.tsx'

export default function StudioLayout({ children }: { children: ReactNode }) {
  return (
    <StudioProvider>
      <Frame>{children}</Frame>
    </StudioProvider>
  )
}
