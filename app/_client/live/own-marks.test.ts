import { describe, expect, it } from 'vitest'
import { createOwnMarks } from './own-marks.ts'

const file = 'a/final/1.png'

function asking() {
  const marks = createOwnMarks()
  const sent: string[] = []
  const answers: (() => void)[] = []
  const ask = (mark: 'star' | 'reject' | null, refused = false) =>
    marks.send([file], mark, () => {
      sent.push(String(mark))
      return new Promise<void>((resolve, reject) => answers.push(() => (refused ? reject(new Error('no')) : resolve())))
    })
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0))
  const answer = () => {
    answers.shift()?.()
    return turn()
  }
  return { marks, sent, ask, turn, answer }
}

describe('news of marks', () => {
  it('is shown for files that this page has not marked', async () => {
    const { marks, ask } = asking()
    void ask('star')
    expect(marks.heard(['b/final/1.png'], 'reject')).toEqual(['b/final/1.png'])
  })

  it('of an earlier mark does not undo a later one, whether it comes before or after the answer to that', async () => {
    const { marks, ask, turn, answer } = asking()
    void ask('star')
    await turn()
    await answer()
    void ask('reject')
    await turn()
    expect(marks.heard([file], 'star')).toEqual([])
    await answer()
    expect(marks.heard([file], 'star')).toEqual([])
    expect(marks.heard([file], 'reject')).toEqual([file])
  })

  it('of others is shown again once that of the own mark has come, before its answer or after', async () => {
    const { marks, ask, turn, answer } = asking()
    void ask('star')
    await turn()
    expect(marks.heard([file], 'reject')).toEqual([])
    expect(marks.heard([file], 'star')).toEqual([file])
    expect(marks.heard([file], 'reject')).toEqual([file])
    await answer()
    expect(marks.heard([file], 'reject')).toEqual([file])

    void ask('star')
    await turn()
    await answer()
    expect(marks.heard([file], 'reject')).toEqual([])
    expect(marks.heard([file], 'star')).toEqual([file])
    expect(marks.heard([file], 'reject')).toEqual([file])
  })

  it('of others is shown after a refusal, and after news may have been missed', async () => {
    const { marks, ask, turn, answer } = asking()
    const refused = expect(ask('star', true)).rejects.toThrow('no')
    await turn()
    await answer()
    await refused
    expect(marks.heard([file], 'reject')).toEqual([file])

    void ask('star')
    marks.forget()
    expect(marks.heard([file], 'reject')).toEqual([file])
    await turn()
    await answer()
    expect(marks.heard([file], 'reject')).toEqual([file])
  })
})

it('marks of one file are sent one after the other, also after a refusal', async () => {
  const { sent, ask, turn, answer } = asking()
  const refused = expect(ask('star', true)).rejects.toThrow('no')
  void ask('reject')
  void ask(null)
  await turn()
  expect(sent).toEqual(['star'])
  await answer()
  await refused
  expect(sent).toEqual(['star', 'reject'])
  await answer()
  expect(sent).toEqual(['star', 'reject', 'null'])
})
