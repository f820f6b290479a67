/** @file The table of built-in nodes: one row per node class, in the order `object_info` lists them. */
import type { AnyNode } from './define.ts'

export const builtinNodes: readonly AnyNode[] = []
