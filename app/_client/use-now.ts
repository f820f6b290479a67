'use client'
/** @file The time, re-read every so often, for elapsed times on the screen. */
import { useEffect, useState } from 'react'

/** @returns Unix seconds, renewed every `every` milliseconds; 0 in the server's rendering, which knows no time zone */
export function useNow(every = 1000): number {
  const [now, setNow] = useState(0)
  useEffect(() => {
    setNow(Date.now() / 1000)
    const timer = setInterval(() => setNow(Date.now() / 1000), every)
    return () => clearInterval(timer)
  }, [every])
  return now
}
