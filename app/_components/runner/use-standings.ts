'use client'
/** @file Every workflow with what its card says of it; the engine is asked for its checkpoints only where one is missing. */
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { WorkflowSummary } from '#contracts/workflows'
import { modelsQuery } from '../../_client/queries/workflows.ts'
import { lastValues } from './remembered.ts'
import { checkpoints } from './stand-in.ts'
import { type Standing, standingOf } from './standing.ts'

export function useStandings(workflows: readonly WorkflowSummary[] | undefined) {
  const isAnyMissing = workflows?.some(({ missing }) =>
    missing.models.some((path) => path.startsWith(`${checkpoints}/`)),
  )
  const { data } = useQuery({ ...modelsQuery(checkpoints), enabled: isAnyMissing === true })
  return useMemo((): { workflow: WorkflowSummary; standing: Standing }[] => {
    const listed = new Map(data ? [[checkpoints, data]] : [])
    return (workflows ?? []).map((workflow) => ({
      workflow,
      standing: standingOf(workflow, lastValues(workflow.id), listed),
    }))
  }, [workflows, data])
}
