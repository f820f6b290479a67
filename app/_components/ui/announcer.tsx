'use client'
/** @file A polite live region: says a sentence when it changes, at most once in ten seconds (WCAG 4.1.3). */
import { useEffect, useRef, useState } from 'react'

export function Announcer({ text }: { text: string }) {
  const [said, setSaid] = useState('')
  const last = useRef(0)
  useEffect(() => {
    if (text === said) return
    const wait = Math.max(0, last.current + 10_000 - Date.now())
    const timer = setTimeout(() => {
      last.current = Date.now()
      setSaid(text)
    }, wait)
    return () => clearTimeout(timer)
  }, [text, said])
  return (
    <div aria-live="polite" className="sr-only">
      {said}
    </div>
  )
}
