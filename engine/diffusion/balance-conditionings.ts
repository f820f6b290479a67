/**
 * @file What the conditionings of one run ask of each other: an area of one is held against the same area of the others, and
 * a ControlNet that counts for all is given to those that have none.
 */
import type { ControlChain } from '../models/diffusion/control/control-chain.ts'
import type { Area, Region } from '../sampling/guidance/areas.ts'

/** One entry of a conditioning, resolved for the latent that is sampled. */
export interface ResolvedEntry {
  region: Region
  /** What the network is told there. */
  told: ToldToNetwork
  control: ControlChain | null
  /** The control counts for the other conditionings too. */
  controlsAll: boolean
}

export interface ToldToNetwork {
  /** `[tokens, width]` */
  context: Float32Array
  tokens: number
  label: Float32Array | null
  /** Channels beside the latent's, `[batch, further channels, height, width]`. */
  extraChannels: Float32Array | null
}

export type Resolved = Readonly<Record<string, readonly ResolvedEntry[]>>

export function balanceConditionings(conditionings: Resolved): Resolved {
  return shareControls(matchAreas(conditionings))
}

/**
 * Guidance compares predictions, and a prediction for a part of the picture is another one than that part of a prediction
 * for the whole. So whatever has an area is held against an entry with that area in every other conditioning: where there
 * is none one is added, which says what the others say there.
 */
function matchAreas(conditionings: Resolved): Resolved {
  const lists = new Map(Object.entries(conditionings).map(([name, entries]) => [name, [...entries]]))
  for (const [name, entries] of lists) {
    for (const entry of entries) {
      const { area } = entry.region
      if (!area) continue
      for (const [other, candidates] of lists) {
        const counterpart = other === name ? null : counterpartOf(area, candidates)
        if (counterpart) candidates.push({ ...entry, told: counterpart.told })
      }
    }
  }
  return Object.fromEntries(lists)
}

/** The entry that speaks there: the smallest area around it, else one for the whole picture. Null when it is that very area. */
function counterpartOf(area: Area, candidates: readonly ResolvedEntry[]): ResolvedEntry | null {
  const around = candidates
    .filter(({ region }) => region.area && contains(region.area, area))
    .reduce<ResolvedEntry | null>((least, entry) => (least && size(least) <= size(entry) ? least : entry), null)
  const chosen = around ?? candidates.find(({ region }) => !region.area)
  if (!chosen) return null
  const own = chosen.region.area
  return own && contains(area, own) ? null : chosen
}

function contains(outer: Area, inner: Area): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  )
}

function size({ region }: ResolvedEntry): number {
  return region.area ? region.area.width * region.area.height : Number.POSITIVE_INFINITY
}

/** Entries for the whole picture only, one after the other, and only where a conditioning has no ControlNet of its own. */
function shareControls(conditionings: Resolved): Resolved {
  const isWhole = ({ region }: ResolvedEntry) => !region.area
  const shared = (conditionings.positive ?? []).filter(
    (entry) => isWhole(entry) && entry.controlsAll && entry.control !== null,
  )
  if (shared.length === 0) return conditionings
  return Object.fromEntries(
    Object.entries(conditionings).map(([name, entries]) => {
      const whole = entries.filter(isWhole)
      if (name === 'positive' || whole.some(({ control }) => control !== null)) return [name, entries]
      const given = new Map(shared.map(({ control }, index) => [whole[index % whole.length], control]))
      return [name, entries.map((entry) => ({ ...entry, control: given.get(entry) ?? entry.control }))]
    }),
  )
}
