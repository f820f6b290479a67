import { describe, expect, it } from 'vitest'
import type { JobRecord } from '#contracts/jobs'
import { PromptQueue } from './prompt-queue.ts'

function job(promptId: string, number: number) {
  return { record: { prompt_id: promptId, number } as JobRecord, secrets: {}, studio: null }
}

function drain(queue: PromptQueue): string[] {
  const order: string[] = []
  for (let next = queue.takeNext(); next; next = queue.takeNext()) order.push(next.record.prompt_id)
  return order
}

describe('the prompt queue', () => {
  it('runs the lowest number first and equal numbers in the order of their prompt ids', () => {
    const queue = new PromptQueue()
    queue.add(job('b', 1))
    queue.add(job('z', 0))
    queue.add(job('a', 1))
    queue.add(job('front', -2))
    expect(drain(queue)).toEqual(['front', 'z', 'a', 'b'])
  })

  it('takes out named prompts and ignores unknown ids', () => {
    const queue = new PromptQueue()
    queue.add(job('a', 0))
    queue.add(job('b', 1))
    expect(queue.remove(new Set(['b', 'nobody'])).map((entry) => entry.record.prompt_id)).toEqual(['b'])
    expect(drain(queue)).toEqual(['a'])
  })

  it('numbers new prompts above everything that waits', () => {
    const queue = new PromptQueue()
    expect(queue.nextNumber).toBe(0)
    queue.add(job('a', 7.5))
    queue.add(job('b', -3))
    expect(queue.nextNumber).toBe(8)
  })
})
