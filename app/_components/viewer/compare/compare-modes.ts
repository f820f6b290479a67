/** @file The three ways to compare, in the order that `m` goes through them. */

export const compareModes = ['slider', 'side', 'blink'] as const
export type CompareMode = (typeof compareModes)[number]

export const modeWords: Record<CompareMode, string> = { slider: 'Slider', side: 'Side by side', blink: 'Blink' }

/** As the address says it; null for anything else. */
export const compareModeOf = (word: string): CompareMode | null => compareModes.find((mode) => mode === word) ?? null

export const nextMode = (mode: CompareMode): CompareMode =>
  compareModes[(compareModes.indexOf(mode) + 1) % compareModes.length]!
