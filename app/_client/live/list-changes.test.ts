import { type InfiniteData, InfiniteQueryObserver, QueryClient } from '@tanstack/react-query'
import { expect, it } from 'vitest'
import { createListChanges } from './list-changes.ts'

type Pages = InfiniteData<string[], number>
const marked = (pages: Pages): Pages => ({
  ...pages,
  pages: pages.pages.map((page) => page.map((file) => (file === 'a' ? 'a*' : file))),
})

/** A list of two pages, whose requests are answered by hand. */
async function list() {
  const cache = new QueryClient()
  const change = createListChanges(cache)
  const answers: ((page: string[]) => void)[] = []
  const observer = new InfiniteQueryObserver(cache, {
    queryKey: ['list'],
    initialPageParam: 0,
    queryFn: () => new Promise<string[]>((resolve) => answers.push(resolve)),
    getNextPageParam: (_, pages) => (pages.length < 2 ? pages.length : undefined),
  })
  observer.subscribe(() => undefined)
  const answer = async (page: string[]) => {
    answers.shift()!(page)
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  await answer(['a'])
  return {
    cache,
    observer,
    answer,
    mark: () => change<Pages>({ queryKey: ['list'] }, marked),
    pages: () => cache.getQueryData<Pages>(['list'])!.pages,
  }
}

it('a change stays when a further page comes that was asked for before', async () => {
  const { observer, answer, mark, pages } = await list()
  void observer.fetchNextPage()
  mark()
  expect(pages()).toEqual([['a*']])
  await answer(['b'])
  expect(pages()).toEqual([['a*'], ['b']])
})

it('a change stays when the whole list is asked for anew and the answer is of before it', async () => {
  const { observer, answer, mark, pages } = await list()
  void observer.refetch()
  mark()
  await answer(['a'])
  expect(pages()).toEqual([['a*']])
})

it('what is asked for after a change is shown as it comes', async () => {
  const { observer, answer, mark, pages } = await list()
  mark()
  void observer.refetch()
  await answer(['a'])
  expect(pages()).toEqual([['a']])
})

it('a change stays when a request is cancelled', async () => {
  const { cache, observer, mark, pages } = await list()
  void observer.refetch().catch(() => undefined)
  mark()
  await cache.cancelQueries({ queryKey: ['list'] })
  expect(pages()).toEqual([['a*']])
})
