'use client'
/** @file What keeps a workflow from running, and how it is got: nodes by their names, models with their download. */
import { useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { count } from '../../_client/format/words.ts'
import { modelsQuery } from '../../_client/queries/models.ts'
import { MissingModel } from '../models/missing-model.tsx'
import type { Need } from './needs.ts'
import type { Runnable } from './runnable.ts'

interface MissingProps {
  runnable: Runnable
  needs: readonly Need[]
  /** files by folder */
  listed: ReadonlyMap<string, readonly string[]>
  /** puts a file into the field it can be chosen in */
  onChoose: (field: string, file: string) => void
}

export function Missing({ runnable, needs, listed, onChoose }: MissingProps) {
  const list = useQuery(modelsQuery).data
  const { nodes } = runnable.missing
  const what = [needs.length > 0 && count(needs.length, 'model'), nodes.length > 0 && count(nodes.length, 'node')]
  const one = needs.length + nodes.length === 1
  return (
    <section aria-label="What is missing" className="overflow-hidden rounded-xl border border-line text-sm">
      <p role="status" className="flex items-center gap-2 bg-warn-soft px-4 py-3 font-semibold">
        <TriangleAlert size={18} className="shrink-0 text-warn" aria-hidden />
        {what.filter(Boolean).join(' and ')} {one ? 'is' : 'are'} missing
      </p>
      <ul>
        {needs.map((need) => (
          <li key={`${need.folder}/${need.file}`} className="border-t border-line px-4 py-3">
            <MissingModel
              model={facts(runnable, need)}
              list={list}
              look="primary"
              onUploaded={need.field ? (file) => onChoose(need.field!.id, file) : undefined}
            >
              {need.field && others(need, listed)}
            </MissingModel>
          </li>
        ))}
        {nodes.map((name) => (
          <li key={name} className="border-t border-line px-4 py-3">
            The node <em className="break-all">{name}</em>, which no installed pack brings.
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What the workflow says of the file; nothing of one that a person chose. */
function facts({ models }: Runnable, { folder, file }: Need) {
  const known = models.find((model) => model.folder === folder && model.file === file)
  return {
    ...{ folder, file, url: known?.url ?? null, sha256: known?.sha256 ?? null },
    ...{ size: known?.size ?? null, license: known?.license ?? null, how_to_get: known?.how_to_get ?? null },
  }
}

function others({ folder, field }: Need, listed: ReadonlyMap<string, readonly string[]>): string {
  const here = listed.get(folder)?.length ?? 0
  if (here === 0) return ''
  return here === 1
    ? `Or choose the one that is here, under “${field!.label}”.`
    : `Or choose one of the ${here} that are here, under “${field!.label}”.`
}
