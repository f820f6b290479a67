/** @file The blend modes of ImageBlend, per value 0 to 1. Formulas as in the W3C compositing draft where it has them. */

export const blendModes = ['normal', 'multiply', 'screen', 'overlay', 'soft_light', 'difference'] as const
export type BlendMode = (typeof blendModes)[number]

/** `a` is the lower picture (image1), `b` the upper. */
export const blendFunctions: Record<BlendMode, (a: number, b: number) => number> = {
  normal: (_, b) => b,
  multiply: (a, b) => a * b,
  screen: (a, b) => 1 - (1 - a) * (1 - b),
  overlay: (a, b) => (a <= 0.5 ? 2 * a * b : 1 - 2 * (1 - a) * (1 - b)),
  soft_light: (a, b) => (b <= 0.5 ? a - (1 - 2 * b) * a * (1 - a) : a + (2 * b - 1) * (softLightCurve(a) - a)),
  // Signed, as ComfyUI has it: the clamp that follows makes negative differences black.
  difference: (a, b) => a - b,
}

function softLightCurve(x: number): number {
  return x <= 0.25 ? ((16 * x - 12) * x + 4) * x : Math.sqrt(x)
}
