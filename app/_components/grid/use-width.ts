'use client'
/** @file The width of an element, followed. */
import { useLayoutEffect, useRef, useState } from 'react'

/** @returns a ref for the element and its content width in whole pixels, 0 before it is on the page */
export function useWidth<T extends HTMLElement>() {
  const ref = useRef<T>(null)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    if (ref.current === null) return
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    observer.observe(ref.current)
    return () => observer.disconnect()
  }, [])
  return { ref, width }
}
