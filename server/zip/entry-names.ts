/** @file Names inside an archive: what would be unsafe or impossible where it is unpacked becomes `_`, and nothing is lost. */

/**
 * One archive name per path, in order. `\`, `:`, control characters and a trailing dot or space of a part each become `_`;
 * a name that would then stand twice gets ` (2)`. Names that are fine are never changed.
 * @param paths - relative, `/` between parts, all different
 */
export function entryNames(paths: readonly string[]): string[] {
  const safe = paths.map(safeName)
  const taken = new Set(paths.filter((path, index) => safe[index] === path))
  return safe.map((name, index) => {
    if (name === paths[index]) return name
    let unique = name
    for (let number = 2; taken.has(unique); number++) unique = numbered(name, number)
    taken.add(unique)
    return unique
  })
}

function safeName(path: string): string {
  if (!/[\\:\u0000-\u001f\u007f]|[. ](\/|$)/.test(path)) return path
  return path
    .split('/')
    .map((part) => part.replace(/[\\:\u0000-\u001f\u007f]/g, '_').replace(/[. ]+$/, (end) => '_'.repeat(end.length)))
    .join('/')
}

/** `a/b.png` → `a/b (2).png` */
function numbered(name: string, number: number): string {
  const dot = name.lastIndexOf('.')
  return dot > name.lastIndexOf('/') + 1 ? `${name.slice(0, dot)} (${number})${name.slice(dot)}` : `${name} (${number})`
}
