import { describe, expect, it } from 'vitest'
import { choose, chooseAll, noChoice } from './choice.ts'

const order = ['a', 'b', 'c', 'd', 'e']
const idsOf = ({ ids }: { ids: ReadonlySet<string> }) => [...ids].sort()

describe('a choice of jobs', () => {
  it('takes a job, and gives it back', () => {
    const chosen = choose(noChoice, order, 'b', false)
    expect(idsOf(chosen)).toEqual(['b'])
    expect(idsOf(choose(chosen, order, 'b', false))).toEqual([])
  })

  it('takes a range from the last ticked job, in both directions', () => {
    const from = choose(noChoice, order, 'd', false)
    expect(idsOf(choose(from, order, 'b', true))).toEqual(['b', 'c', 'd'])
    expect(idsOf(choose(from, order, 'e', true))).toEqual(['d', 'e'])
  })

  it('gives a range back when the job at its end was chosen', () => {
    const some = choose(choose(noChoice, order, 'a', false), order, 'd', true)
    expect(idsOf(choose(some, order, 'b', true))).toEqual(['a'])
  })

  it('takes one job when the last ticked one has left the queue', () => {
    const gone = choose(noChoice, order, 'b', false)
    expect(choose(gone, ['a', 'c', 'd'], 'd', true).ids.has('c')).toBe(false)
  })

  it('takes all, and none when all are chosen', () => {
    const all = chooseAll(choose(noChoice, order, 'b', false), order)
    expect(idsOf(all)).toEqual(order)
    expect(idsOf(chooseAll(all, order))).toEqual([])
  })
})
