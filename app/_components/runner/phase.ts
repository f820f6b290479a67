/** @file Whether a node opens a model, and which. Pure. */

const modelFile = /\.(safetensors|ckpt|pt|pth|bin|gguf|onnx|param|sft)$/i

/** @returns the name of the model file that the node opens, or null when it does something else */
export function phaseOf(prompt: Record<string, unknown>, node: string): string | null {
  const entry = Object.hasOwn(prompt, node) ? (prompt[node] as { class_type?: unknown; inputs?: unknown }) : null
  if (typeof entry?.class_type !== 'string' || !/^Load|Loader/.test(entry.class_type)) return null
  const values = Object.values((entry.inputs ?? {}) as Record<string, unknown>)
  const file = values.find((value) => typeof value === 'string' && modelFile.test(value))
  return typeof file === 'string' ? file : null
}
