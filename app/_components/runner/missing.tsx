/** @file What keeps a workflow from running, and how it is got. */
import { Banner } from '../ui/notice.tsx'
import type { Runnable } from './runnable.ts'

export function Missing({ runnable }: { runnable: Runnable }) {
  const { models, nodes } = runnable.missing
  const howTo = runnable.models.filter((model) => models.some((name) => name.endsWith(model.file)) && model.how_to_get)
  return (
    <Banner tone="warn">
      <p className="font-semibold">This workflow cannot run yet.</p>
      <ul className="mt-1 list-disc pl-4">
        {models.map((name) => (
          <li key={name}>
            Needs <em className="break-all">{name}</em>, not on this pod.{' '}
            {howTo.find((model) => name.endsWith(model.file))?.how_to_get}
          </li>
        ))}
        {nodes.map((name) => (
          <li key={name}>
            Needs the node <em className="break-all">{name}</em>, which no installed pack brings.
          </li>
        ))}
      </ul>
    </Banner>
  )
}
