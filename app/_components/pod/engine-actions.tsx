'use client'
/** @file Restarting the engine, with what happens to jobs said before, and giving GPU memory back. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { freeGpuMemory, restartEngine } from '../../_client/actions/pod.ts'
import { inWords } from '../../_client/api-error.ts'
import { count } from '../../_client/format/words.ts'
import { notify } from '../../_client/notify.ts'
import { systemQuery } from '../../_client/queries/system.ts'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'

/** Asks only when a job would be stopped. */
export function RestartEngine() {
  const cache = useQueryClient()
  const queue = useQuery(systemQuery).data?.queue
  const [asking, setAsking] = useState(false)
  const restart = useMutation({
    mutationFn: restartEngine,
    onSuccess: ({ waiting }) => {
      notify.plain('The engine is being restarted', {
        ...(waiting > 0 ? { description: `${count(waiting, 'job')} will start afterwards` } : {}),
      })
      void cache.invalidateQueries({ queryKey: systemQuery.queryKey })
    },
    onError: (error) => notify.error(inWords(error)),
  })
  const running = queue?.running ?? 0
  const waiting = queue?.pending ?? 0
  return (
    <>
      <Button needsPod busy={restart.isPending} onClick={() => (running > 0 ? setAsking(true) : restart.mutate())}>
        <RotateCcw size={16} aria-hidden />
        Restart engine
      </Button>
      <Confirm
        open={asking}
        title="Restart the engine?"
        action="Restart, stop the running job"
        onConfirm={() => restart.mutate()}
        onClose={() => setAsking(false)}
      >
        The running job stops and is kept as Interrupted, with the files it has written.{' '}
        {waiting > 0 && `${count(waiting, 'waiting job')} will start by ${waiting === 1 ? 'itself' : 'themselves'}.`}
      </Confirm>
    </>
  )
}

export function FreeMemory() {
  const free = useMutation({
    mutationFn: freeGpuMemory,
    onSuccess: () => notify.success('Models are unloaded after the current step'),
    onError: (error) => notify.error(inWords(error)),
  })
  return (
    <Button needsPod busy={free.isPending} onClick={() => free.mutate()}>
      Free GPU memory
    </Button>
  )
}
