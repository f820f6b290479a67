import { describe, expect, it } from 'vitest'
import { itemsOfJob } from '../media-item.ts'
import { aFile, aJob } from '../testing/jobs.ts'
import { createSelectionStore } from './selection.ts'

const items = itemsOfJob(aJob({ outputs: [1, 2, 3, 4].map((n) => aFile({ filename: `final_0000${n}.png` })) }), 'final')
const [a, b, c, d] = items as [(typeof items)[0], (typeof items)[0], (typeof items)[0], (typeof items)[0]]
const names = (store: ReturnType<typeof createSelectionStore>) =>
  [...store.getState().items.values()].map((i) => i.name)

describe('selecting files', () => {
  it('extends from the one chosen last, in either direction, and keeps what was selected', () => {
    const store = createSelectionStore()
    store.getState().toggle(d)
    store.getState().toggle(c)
    store.getState().extend(a, items)
    expect(names(store).sort()).toEqual(items.map((item) => item.name))
    store.getState().clear()
    store.getState().extend(b, items)
    expect(names(store)).toEqual([b.name])
  })

  it('takes a whole job in, and out again when all of it is in', () => {
    const store = createSelectionStore()
    store.getState().toggle(a)
    store.getState().toggleAll(items)
    expect(store.getState().items.size).toBe(4)
    store.getState().toggleAll(items)
    expect(store.getState().items.size).toBe(0)
  })
})
