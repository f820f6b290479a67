'use client'
/** @file Models that workflows need and that are not on this pod: the list of the Models page. */
import { useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { modelsQuery } from '../../_client/queries/models.ts'
import { MissingModel } from './missing-model.tsx'

export function MissingModels() {
  const list = useQuery(modelsQuery).data
  if (!list || list.missing.length === 0) return null
  return (
    <>
      <h2 className="flex items-center gap-2 px-5 pt-4 pb-1 text-base font-semibold">
        <TriangleAlert size={18} className="text-warn" aria-hidden />
        Missing
      </h2>
      <ul aria-label="Missing models">
        {list.missing.map((model) => (
          <li key={`${model.folder}/${model.file}`} className="border-b border-line px-5 py-4 text-sm last:border-0">
            <MissingModel model={model} list={list}>
              Needed by {model.used_by.map(({ name }) => name).join(', ')}.
            </MissingModel>
          </li>
        ))}
      </ul>
    </>
  )
}
