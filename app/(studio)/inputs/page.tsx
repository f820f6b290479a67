/** @file The library of inputs. */
import type { Metadata } from 'next'
import { InputsPage } from '../../_components/inputs/inputs-page.tsx'

export const metadata: Metadata = { title: 'Inputs' }

export default function Page() {
  return <InputsPage />
}
