/** @file Whether an output may be linked to an input, by their type names. */

/** Types are comma-separated unions that match when they share a member; `*` matches everything. */
export function typesMatch(received: string, expected: string): boolean {
  if (received === expected) return true
  const accepted = members(expected)
  const given = members(received)
  return accepted.has('*') || given.has('*') || [...given].some((type) => accepted.has(type))
}

function members(union: string): Set<string> {
  return new Set(union.split(',').map((type) => type.trim()))
}
