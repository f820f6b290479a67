/** @file The studio opens on the gallery. */
import { redirect } from 'next/navigation'

export default function Home() {
  redirect('/jobs')
}
