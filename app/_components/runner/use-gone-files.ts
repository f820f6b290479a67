'use client'
/** @file Which chosen files are no longer there: deleted since they were used last, or with the job they came from. */
import { useQueries } from '@tanstack/react-query'
import type { WorkflowInput } from '#contracts/workflows'
import { fromInputName } from '../../_client/media-item.ts'
import { isThereQuery } from '../../_client/queries/is-there.ts'
import type { FormValues } from './values.ts'

/** @returns what is wrong with the fields, in words, by input id */
export function useGoneFiles(inputs: readonly WorkflowInput[], values: FormValues): Record<string, string> {
  const chosen = inputs.flatMap((input) => {
    const item = input.type === 'image' || input.type === 'video' ? fromInputName(values[input.id]) : null
    return item === null ? [] : [{ input, item }]
  })
  return useQueries({
    queries: chosen.map(({ item }) => isThereQuery(item)),
    combine: (results) =>
      Object.fromEntries(
        chosen
          .filter((_, index) => results[index]?.data === false)
          .map(({ input }) => [
            input.id,
            `This ${input.type === 'video' ? 'video' : 'picture'} is no longer on the pod: choose another.`,
          ]),
      ),
  })
}
