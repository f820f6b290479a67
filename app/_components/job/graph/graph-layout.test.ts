import { describe, expect, it } from 'vitest'
import { layeredLayout, savedPlaces } from './graph-layout.ts'
import { graphNodes } from './graph-nodes.ts'

const options = { width: 200, heightOf: () => 100, gapX: 50, gapY: 20 }
/** `{ b: ['a'] }`: b takes from a. */
const graph = (takes: Record<string, string[]>) =>
  graphNodes(
    Object.fromEntries(
      Object.entries(takes).map(([id, from]) => [
        id,
        { class_type: id, inputs: Object.fromEntries(from.map((source, index) => [`in${index}`, [source, 0]])) },
      ]),
    ),
  )

describe('a graph without saved places', () => {
  it('has each node right of all that it takes from', () => {
    const nodes = graph({
      save: ['sample'],
      sample: ['model', 'words', 'empty'],
      words: ['model'],
      model: [],
      empty: [],
    })
    const places = layeredLayout(nodes, options)
    for (const node of nodes) {
      for (const link of node.links) expect(places.get(link.from)!.x).toBeLessThan(places.get(node.id)!.x)
    }
    expect(places.get('model')!.x).toBe(0)
    expect(places.get('save')!.x).toBe(750)
  })

  it('never has two nodes on the same place', () => {
    const nodes = graph({ a: [], b: [], c: [], d: ['a', 'b'], e: ['b', 'c'], f: ['d', 'e'] })
    const places = [...layeredLayout(nodes, options).values()]
    expect(places).toHaveLength(6)
    for (const one of places) {
      for (const other of places) {
        if (one !== other && one.x === other.x) expect(Math.abs(one.y - other.y)).toBeGreaterThanOrEqual(120)
      }
    }
  })

  it('orders a layer so that parallel links do not cross', () => {
    const places = layeredLayout(graph({ a: [], b: [], c: [], toC: ['c'], toB: ['b'], toA: ['a'] }), options)
    const above = (one: string, other: string) => places.get(one)!.y < places.get(other)!.y
    expect(above('a', 'b')).toBe(above('toA', 'toB'))
    expect(above('b', 'c')).toBe(above('toB', 'toC'))
  })

  it('orders what gives to one node as its inputs are', () => {
    const places = layeredLayout(graph({ picture: [], model: [], enlarge: ['model', 'picture'] }), options)
    expect(places.get('model')!.y).toBeLessThan(places.get('picture')!.y)
  })

  it('is drawn all the same when it has a ring, or nothing', () => {
    expect(layeredLayout(graph({ a: ['b'], b: ['a'], c: ['b'] }), options).size).toBe(3)
    expect(layeredLayout([], options).size).toBe(0)
  })
})

describe('saved places', () => {
  const nodes = graph({ 1: [], 2: ['1'] })
  it('are taken from an array or from an object', () => {
    const places = savedPlaces(
      {
        nodes: [
          { id: 1, pos: [10, -20] },
          { id: 2, pos: { 0: 300, 1: 5 } },
        ],
      },
      nodes,
    )
    expect(places).toEqual(
      new Map([
        ['1', { x: 10, y: -20 }],
        ['2', { x: 300, y: 5 }],
      ]),
    )
  })
  it('are not used when one is missing, or the file is nonsense', () => {
    expect(savedPlaces({ nodes: [{ id: 1, pos: [10, 20] }] }, nodes)).toBeNull()
    for (const odd of [null, undefined, 'x', {}, { nodes: 3 }, { nodes: [null, 1, { id: 2, pos: ['a', null] }] }]) {
      expect(savedPlaces(odd, nodes)).toBeNull()
    }
  })
})
