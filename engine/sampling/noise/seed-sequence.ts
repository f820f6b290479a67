/**
 * @file NumPy's `SeedSequence`: turns a seed and a place in a tree into well mixed 32-bit seeds. torchsde takes the seeds
 * of its Brownian tree from it.
 * @see O'Neill 2015, "Developing a seed_seq alternative"; NumPy, `numpy/random/bit_generator.pyx` (BSD-3-Clause)
 */

/**
 * `SeedSequence(entropy, spawn_key=spawnKey, pool_size=poolSize).generate_state(count)`.
 * @param entropy - the seed, not negative
 * @param spawnKey - place in the tree, none for the root; not negative
 * @returns `count` values of 32 bits
 */
export function seedSequence(
  entropy: bigint,
  spawnKey: readonly bigint[],
  poolSize: number,
  count: number,
): Uint32Array {
  const words = toWords(entropy)
  if (spawnKey.length > 0) {
    while (words.length < poolSize) words.push(0)
    words.push(...spawnKey.flatMap(toWords))
  }
  const pool = mixEntropy(words, poolSize)
  const state = new Uint32Array(count)
  let constant = 0x8b51f9dd
  for (let i = 0; i < count; i++) {
    const value = pool[i % poolSize]! ^ constant
    constant = Math.imul(constant, 0x58f38ded)
    state[i] = foldHigh(Math.imul(value, constant))
  }
  return state
}

/** 32-bit words, the low one first; 0 is one word. */
function toWords(value: bigint): number[] {
  const words: number[] = []
  let rest = value
  do {
    words.push(Number(rest & 0xffffffffn))
    rest >>= 32n
  } while (rest > 0n)
  return words
}

function mixEntropy(words: readonly number[], poolSize: number): Uint32Array {
  const pool = new Uint32Array(poolSize)
  let constant = 0x43b0d7e5
  const hash = (word: number) => {
    const value = word ^ constant
    constant = Math.imul(constant, 0x931e8875)
    return foldHigh(Math.imul(value, constant))
  }
  const stir = (at: number, word: number) => {
    pool[at] = foldHigh((Math.imul(pool[at]!, 0xca01f9dd) - Math.imul(hash(word), 0x4973f715)) >>> 0)
  }
  for (let i = 0; i < poolSize; i++) pool[i] = hash(words[i] ?? 0)
  for (let source = 0; source < poolSize; source++) {
    for (let at = 0; at < poolSize; at++) if (at !== source) stir(at, pool[source]!)
  }
  for (let source = poolSize; source < words.length; source++) {
    for (let at = 0; at < poolSize; at++) stir(at, words[source]!)
  }
  return pool
}

function foldHigh(value: number): number {
  return (value ^ (value >>> 16)) >>> 0
}
