import { expect, it, vi } from 'vitest'
import { createUndoStack } from './undo.ts'

it('takes back the newest deletion first, each once, and none that was taken back otherwise', () => {
  const stack = createUndoStack()
  const [first, second, third] = [vi.fn(async () => {}), vi.fn(async () => {}), vi.fn(async () => {})] as const
  stack.push(first)
  const forget = stack.push(second)
  stack.push(third)
  forget()
  expect(stack.undo()).toBe(true)
  expect(third).toHaveBeenCalledOnce()
  expect(stack.undo()).toBe(true)
  expect(first).toHaveBeenCalledOnce()
  expect(second).not.toHaveBeenCalled()
  expect(stack.undo()).toBe(false)
})
