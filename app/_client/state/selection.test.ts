import { describe, expect, it } from 'vitest'
import { fromInputName, itemsOfJob } from '../media-item.ts'
import { noFilters } from '../queries/outputs.ts'
import { aFile, aJob } from '../testing/jobs.ts'
import { createSelectionStore, isSelected, isSelecting, rootOf, selectionOf, selectionSums } from './selection.ts'

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

describe('a selection and its root', () => {
  const input = fromInputName('photo.png')!

  it('is of one root: a file of another one begins a new selection', () => {
    const store = createSelectionStore()
    store.getState().toggleAll(items)
    store.getState().toggle(input)
    expect(names(store)).toEqual([input.name])
    store.getState().extend(a, items)
    expect(rootOf(store.getState())).toBe('outputs')
    expect(names(store)).toEqual([a.name])
  })

  it('ends when a page of another root is looked at, with the mode in which taps select', () => {
    const store = createSelectionStore()
    store.setState({ keep: true })
    store.getState().toggle(a)
    store.getState().enter('outputs')
    expect(names(store)).toEqual([a.name])
    store.getState().enter('inputs')
    expect(isSelecting(store.getState())).toBe(false)
  })
})

describe('selecting all of a query', () => {
  const summary = {
    ...{ files: 10_000, bytes: 5_000, jobs: 600 },
    kinds: {
      final: { files: 4_000, bytes: 3_000 },
      preview: { files: 0, bytes: 0 },
      intermediate: { files: 6_000, bytes: 2_000 },
    },
    media: { image: { files: 10_000, bytes: 5_000 }, video: { files: 0, bytes: 0 } },
  }
  const filters = { ...noFilters, q: 'car' }

  it('is the query itself, without the files that were taken out', () => {
    const store = createSelectionStore()
    store.getState().selectQuery({ root: 'outputs', filters, summary })
    store.getState().toggle(a)
    expect(isSelected(store.getState(), a)).toBe(false)
    expect(isSelected(store.getState(), b)).toBe(true)
    expect(selectionOf(store.getState())).toEqual({
      type: 'outputs',
      selection: { query: { q: 'car' }, minus: [a.path] },
    })
    expect(selectionSums(store.getState())).toMatchObject({
      files: 9_999,
      bytes: 5_000 - a.size!,
      final: { files: 3_999 },
    })
    store.getState().toggle(a)
    expect(selectionOf(store.getState())).toMatchObject({ selection: { query: { q: 'car' }, minus: [] } })
  })

  it('is of the inputs as well, and then holds no output', () => {
    const store = createSelectionStore()
    const photo = { ...fromInputName('photo.png')!, size: 40 }
    store
      .getState()
      .selectQuery({ root: 'inputs', filters: { q: '', kind: 'image' }, summary: { files: 9, bytes: 90 } })
    expect(rootOf(store.getState())).toBe('inputs')
    expect([isSelected(store.getState(), photo), isSelected(store.getState(), a)]).toEqual([true, false])
    store.getState().toggle(photo)
    expect(selectionOf(store.getState())).toEqual({
      type: 'inputs',
      selection: { query: { kind: 'image' }, minus: ['photo.png'] },
    })
    expect(selectionSums(store.getState())).toMatchObject({ files: 8, bytes: 50 })
    store.getState().toggle(a)
    expect(selectionOf(store.getState())).toEqual({ type: 'outputs', selection: { files: [a.path] } })
  })

  it('ends when all was taken out or cleared', () => {
    const store = createSelectionStore()
    store.getState().selectQuery({ root: 'outputs', filters, summary: { ...summary, files: 1 } })
    store.getState().toggle(a)
    expect(store.getState().whole).toBeNull()
  })
})

describe('selecting a job', () => {
  it('takes its finals and offers the rest, in numbers, without taking it', () => {
    const store = createSelectionStore()
    store.getState().toggleAll([a, b], [c, d])
    expect(selectionSums(store.getState())).toMatchObject({ files: 2 })
    expect(store.getState().offer).toEqual([c, d])
    store.getState().addOffer()
    expect(selectionSums(store.getState())).toMatchObject({ files: 4 })
    expect(store.getState().offer).toEqual([])
  })
})
