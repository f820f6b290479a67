/** @file Runs an ended job again, said in a toast. Loaded with the click. */
import { retryJob as send } from '../../_client/actions/jobs.ts'
import { inWords } from '../../_client/api-error.ts'
import { notify } from '../../_client/notify.ts'

/** Never rejects. */
export async function retryJob(job: string): Promise<void> {
  try {
    await send(job)
    notify.success('Queued again with the same settings')
  } catch (error) {
    notify.error(inWords(error))
  }
}
