/**
 * @file Changes of lists that hold although an answer is under way. The answer may be of a moment before them, and takes the
 * place of the whole list, also when it is a further page: it brings those before it as they were when it was asked for.
 */
import type { QueryClient, QueryFilters, QueryKey } from '@tanstack/react-query'

/** @param change - is done again on a late answer: doing it twice must be the same as once */
export type ChangeLists = <Pages>(lists: QueryFilters, change: (pages: Pages, key: QueryKey) => Pages) => void

export function createListChanges(cache: QueryClient): ChangeLists {
  const queries = cache.getQueryCache()
  /** Of each query that waits for an answer: what was changed since it was asked. */
  const since = new Map<string, (() => void)[]>()
  queries.subscribe((event) => {
    const { queryHash } = event.query
    if (event.type === 'removed') since.delete(queryHash)
    if (event.type !== 'updated') return
    const { action } = event
    if (action.type === 'fetch') since.set(queryHash, [])
    const isOver =
      action.type === 'error' || action.type === 'setState' || (action.type === 'success' && !action.manual)
    if (!isOver) return
    const changes = since.get(queryHash) ?? []
    since.delete(queryHash)
    for (const again of changes) again()
  })
  return function changeLists<Pages>(lists: QueryFilters, change: (pages: Pages, key: QueryKey) => Pages) {
    for (const { queryKey, queryHash } of queries.findAll(lists)) {
      const apply = () => {
        cache.setQueryData<Pages>(queryKey, (pages) => pages && change(pages, queryKey))
      }
      apply()
      since.get(queryHash)?.push(apply)
    }
  }
}
