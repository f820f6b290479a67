import { expect, it } from 'vitest'
import type { WorkflowInput } from '#contracts/workflows'
import { placeFiles, takes } from './place-files.ts'

const field = (id: string, type: 'image' | 'video'): WorkflowInput => ({ id, type, label: id, targets: [] })
const both = [field('picture', 'image'), field('mask', 'image'), field('film', 'video')]

it('puts a picture into the first picture field and a video into the first video field', () => {
  expect(placeFiles(both, ['a.mp4', 'a.png'])).toEqual({
    values: { picture: 'a.png', film: 'a.mp4' },
    batch: null,
    left: [],
  })
})

it('gives each of several files a run', () => {
  expect(placeFiles(both, ['a.png', 'b.jpg', 'c.webp'])).toMatchObject({
    values: { picture: 'a.png' },
    batch: { input: 'picture', values: ['a.png', 'b.jpg', 'c.webp'] },
  })
})

it('never puts a video into a picture field', () => {
  expect(placeFiles([field('picture', 'image')], ['a.mp4'])).toEqual({ values: {}, batch: null, left: ['a.mp4'] })
  expect(takes([field('picture', 'image')], 'a.mp4')).toBe(false)
  expect(takes(both, 'a.mp4')).toBe(true)
})
