import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JobRecord } from '#contracts/jobs'
import { PromptQueue } from './prompt-queue.ts'

function job(promptId: string, number: number) {
  return { record: { id: promptId, prompt_id: promptId, number } as JobRecord, secrets: {}, studio: null }
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

describe('moving a waiting job', () => {
  const waiting = (...numbers: number[]) => {
    const queue = new PromptQueue()
    numbers.forEach((number, index) => {
      queue.add(job(String.fromCharCode(97 + index), number))
    })
    return queue
  }
  const order = (queue: PromptQueue) => queue.pending.map((each) => each.record.id).join('')

  it('puts it before all, before another, or behind another, and touches no other number when there is room', () => {
    const queue = waiting(0, 1, 2, 3)
    for (const [id, place, after] of [
      ['d', 'front', 'dabc'],
      ['d', { after: 'b' }, 'abdc'],
      ['c', { before: 'b' }, 'acbd'],
      ['a', { after: 'd' }, 'cbda'],
    ] as const) {
      const plan = queue.planMove(id, place)!
      expect([...plan.keys()]).toEqual([id])
      queue.setNumbers(plan)
      expect(order(queue)).toBe(after)
    }
  })

  it('changes nothing for a job that stands there already, and knows no job that does not wait', () => {
    const queue = waiting(0, 1)
    expect(queue.planMove('a', 'front')).toEqual(new Map())
    expect(queue.planMove('a', { before: 'b' })).toEqual(new Map())
    expect(queue.planMove('x', 'front')).toBeNull()
    expect(queue.planMove('a', { after: 'x' })).toBeNull()
    expect(queue.planMove('a', { before: 'a' })).toBeNull()
  })

  it('is behind a later prompt that asks for the front', () => {
    const queue = waiting(5, 6, 7)
    queue.setNumbers(queue.planMove('c', 'front')!)
    expect(queue.numberBeforeAll).toBeLessThan(queue.pending[0]!.record.number)
  })

  it('gives the asked order whatever the numbers are, after any number of moves, also when read back', () => {
    const moves = fc.array(
      fc.record({ from: fc.nat(5), to: fc.nat(5), where: fc.constantFrom('front', 'before', 'after') }),
    )
    const numbers = fc.array(fc.constantFrom(-1, 0, 0, 1, 2, 1e9), { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(numbers, moves, (start, list) => {
        const queue = waiting(...start)
        for (const { from, to, where } of list) {
          const ids = queue.pending.map((each) => each.record.id)
          const [id, other] = [ids[from]!, ids[to]!]
          const plan = queue.planMove(id, where === 'front' ? 'front' : ({ [where]: other } as { before: string }))
          if (where !== 'front' && id === other) {
            expect(plan).toBeNull()
            continue
          }
          queue.setNumbers(plan!)
          const expected = ids.filter((each) => each !== id)
          const index = where === 'front' ? 0 : expected.indexOf(other) + (where === 'after' ? 1 : 0)
          expected.splice(index, 0, id)
          expect(order(queue)).toBe(expected.join(''))
          // A restart adds them in order of acceptance.
          const again = new PromptQueue()
          for (const each of [...queue.pending].sort((a, b) => a.sequence - b.sequence)) again.add(each)
          expect(order(again)).toBe(expected.join(''))
        }
      }),
    )
  })
})
