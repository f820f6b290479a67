import { describe, expect, it } from 'vitest'
import { defineNode } from '../nodes/define.ts'
import { createNodeRegistry } from '../nodes/registry.ts'
import { type NodeReplacement, replaceNodes } from './replacements.ts'

const there = (classType: string) => defineNode({ classType, category: '', inputs: {}, outputs: [], execute: () => [] })
const registry = createNodeRegistry([there('New'), there('Known'), there('User')])
const replace = (prompt: unknown, ...replacements: NodeReplacement[]) => replaceNodes(prompt, registry, replacements)

describe('a node whose class is gone', () => {
  it('becomes the new one with the same inputs when nothing is mapped', () => {
    const prompt = { 1: { class_type: 'Old', inputs: { a: 1 }, _meta: { title: 'mine' } } }
    expect(replace(prompt, { oldNodeId: 'Old', newNodeId: 'New' })).toEqual({
      1: { class_type: 'New', inputs: { a: 1 }, _meta: { title: 'mine' } },
    })
    expect(prompt[1].class_type).toBe('Old')
  })

  it('has the mapped inputs only, where inputs are mapped', () => {
    expect(
      replace(
        { 1: { class_type: 'Old', inputs: { a: 1, b: ['2', 0] } } },
        {
          oldNodeId: 'Old',
          newNodeId: 'New',
          inputMapping: [
            { newId: 'x', oldId: 'b' },
            { newId: 'y', setValue: [1, 2] },
            { newId: 'z', oldId: 'absent' },
          ],
        },
      ),
    ).toEqual({ 1: { class_type: 'New', inputs: { x: ['2', 0], y: [1, 2] } } })
  })

  it('moves the links to its outputs, and those of nothing else', () => {
    const outputMapping = [
      { oldIdx: 0, newIdx: 1 },
      { oldIdx: 1, newIdx: 0 },
    ]
    const user = { class_type: 'User', inputs: { a: ['1', 0], b: ['1', 1], c: ['1', 2], d: ['3', 0] } }
    expect(
      replace(
        { 1: { class_type: 'Old', inputs: {} }, 2: user, 3: { class_type: 'Known', inputs: {} } },
        { oldNodeId: 'Old', newNodeId: 'New', outputMapping },
      ),
    ).toMatchObject({ 2: { inputs: { a: ['1', 1], b: ['1', 0], c: ['1', 2], d: ['3', 0] } } })
  })

  it('becomes the first replacement that is there', () => {
    expect(
      replace(
        { 1: { class_type: 'Old', inputs: {} } },
        { oldNodeId: 'Old', newNodeId: 'Gone too' },
        { oldNodeId: 'Old', newNodeId: 'Known' },
        { oldNodeId: 'Old', newNodeId: 'New' },
      ),
    ).toMatchObject({ 1: { class_type: 'Known' } })
  })
})

describe('a prompt', () => {
  it('is left as it is while the old class is there, or when it is of an odd shape', () => {
    const replacement = { oldNodeId: 'Known', newNodeId: 'New' }
    for (const prompt of [
      { 1: { class_type: 'Known', inputs: {} } },
      null,
      'text',
      [],
      { 1: null, 2: { inputs: 3 } },
    ]) {
      expect(replace(prompt, replacement)).toBe(prompt)
    }
    const odd = { 1: { class_type: 'Old' }, 2: null, 3: { class_type: 'Old', inputs: 'none' } }
    expect(replace(odd, { oldNodeId: 'Old', newNodeId: 'New' })).toEqual(odd)
  })
})
