'use client'
/** @file What can be done with a workflow that somebody kept here: call it something else, delete it. */
import { useQueryClient } from '@tanstack/react-query'
import { Ellipsis, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { WorkflowSummary } from '#contracts/workflows'
import { deleteWorkflow, renameWorkflow } from '../../_client/actions/workflows.ts'
import { inWords } from '../../_client/api-error.ts'
import { notify } from '../../_client/notify.ts'
import { workflowsQuery } from '../../_client/queries/workflows.ts'
import { buttonClass } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { Menu } from '../ui/menu.tsx'
import { NameDialog } from './name-dialog.tsx'

export function OwnMenu({ workflow, onDeleted }: { workflow: WorkflowSummary; onDeleted?: () => void }) {
  const cache = useQueryClient()
  const [dialog, setDialog] = useState<'rename' | 'delete' | null>(null)
  const refresh = () => cache.invalidateQueries({ queryKey: workflowsQuery.queryKey })
  const remove = async () => {
    try {
      await deleteWorkflow(workflow.id)
      onDeleted?.()
      await refresh()
      notify.plain(`${workflow.name} was deleted`)
    } catch (error) {
      notify.error(inWords(error))
    }
  }
  return (
    <>
      <Menu
        label={`More for ${workflow.name}`}
        className={buttonClass('secondary', true)}
        items={[
          {
            label: 'Rename',
            needsPod: true,
            icon: <Pencil size={16} aria-hidden />,
            onSelect: () => setDialog('rename'),
          },
          {
            label: 'Delete…',
            icon: <Trash2 size={16} aria-hidden />,
            danger: true,
            needsPod: true,
            onSelect: () => setDialog('delete'),
          },
        ]}
      >
        <Ellipsis size={18} aria-hidden />
      </Menu>
      <NameDialog
        open={dialog === 'rename'}
        title="Rename this workflow"
        action="Rename"
        name={workflow.name}
        onName={async (name) => {
          await renameWorkflow(workflow.id, name)
          await refresh()
        }}
        onClose={() => setDialog(null)}
      />
      <Confirm
        open={dialog === 'delete'}
        title={`Delete ${workflow.name}?`}
        action="Delete the workflow"
        onConfirm={() => void remove()}
        onClose={() => setDialog(null)}
      >
        The workflow file is deleted for good. What it made stays, and each job keeps its own graph.
      </Confirm>
    </>
  )
}
