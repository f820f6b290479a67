'use client'
/** @file What keeps the form from running, kept true while it is open: a model that arrives by any way is noticed. */
import { useQueries } from '@tanstack/react-query'
import { modelsQuery } from '../../_client/queries/workflows.ts'
import { type Need, needsOf } from './needs.ts'
import type { Runnable } from './runnable.ts'
import { withStandIns } from './stand-in.ts'
import type { FormValues } from './values.ts'

/** How often a folder is looked into that lacks a chosen file: copied files announce themselves to nobody. Milliseconds. */
const lookAgain = 5000

interface Needs {
  needs: Need[]
  /** the files of each folder that is known */
  listed: Map<string, string[]>
  /** what a run would use */
  used: FormValues
}

/** @param standIns - whether another checkpoint may be used where the workflow's own is not there */
export function useNeeds(runnable: Runnable, values: FormValues, standIns: boolean): Needs {
  const chosen = runnable.inputs.flatMap((input) =>
    input.type === 'model' ? [{ folder: input.folder, file: String(values[input.id] ?? '') }] : [],
  )
  const folders = [...new Set(chosen.map(({ folder }) => folder))]
  const listed = useQueries({
    queries: folders.map((folder) => ({
      ...modelsQuery(folder),
      refetchInterval: ({ state }: { state: { data: string[] | undefined } }) =>
        chosen.some((one) => one.folder === folder && one.file !== '' && !state.data?.includes(one.file))
          ? lookAgain
          : (false as const),
    })),
    combine: (results) =>
      new Map(
        folders.flatMap((folder, index) => (results[index]?.data ? [[folder, results[index].data] as const] : [])),
      ),
  })
  const used = standIns ? withStandIns(runnable.inputs, values, listed) : values
  return { needs: needsOf(runnable, used, listed), listed, used }
}
