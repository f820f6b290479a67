/**
 * @file How a node is declared. A node is one object made by {@link defineNode}: category, typed inputs with widget
 * options, outputs, `execute`. `object_info`, validation and the executor all read this declaration and nothing else.
 * The contract is ComfyUI's node class contract; the names on the wire are made in `object-info.ts`.
 */

import type { NodeProgress, UiOutput } from '#contracts/comfy/messages'
import type { Prompt } from '#contracts/comfy/prompt'
import type { OutputWriter } from '../jobs/output-writer.ts'
import type { ModelStore } from '../models/store.ts'
import type { PreviewMethod } from '../preview-method.ts'

// ---------------------------------------------------------------- inputs

/** Widget options as they appear in `object_info`, in ComfyUI's spelling. */
export interface InputOptions {
  default?: unknown
  min?: number | bigint
  /** INT: a bigint says that the node takes bigints, which is how whole numbers beyond 2^53 come. */
  max?: number | bigint
  step?: number
  round?: number | false
  multiline?: boolean
  tooltip?: string
  forceInput?: boolean
  /** STRING: `{a|b}` is resolved by the client. */
  dynamicPrompts?: boolean
  /** How a client shows it: `number`, `slider`, `color`, ... */
  display?: string
  /** INT seeds: the client changes the value after each run. */
  control_after_generate?: boolean
  image_upload?: boolean
  image_folder?: 'input' | 'output' | 'temp'
  /** COMBO: a list the client fetches itself. */
  remote?: Record<string, unknown>
  /** COMBO: the value is a list of choices. */
  multiselect?: boolean
  advanced?: boolean
  /** Not evaluated until `checkLazyStatus` asks for it. */
  lazy?: boolean
  /** The node gets the link `[id, index]` itself. */
  rawLink?: boolean
  [option: string]: unknown
}

type Choices = readonly string[] | ((environment: NodeEnvironment) => readonly string[] | Promise<readonly string[]>)

/** A declared input. `T` is what `execute` receives; it exists only for the type checker. */
export interface InputSpec<T = unknown> {
  /** `INT`, `IMAGE`, `MASK`, ..., `COMBO`, a comma list of types, or `*`. */
  type: string
  options: InputOptions
  /** Combos only. A function is evaluated at each request, since most of them list a directory. */
  choices?: Choices
  optional?: boolean
  /** Never present at run time. */
  readonly _type?: T
}

/** The last two are secrets of the prompt: they reach the node that asks for them, and no answer and no file. */
export type HiddenInput =
  | 'PROMPT'
  | 'EXTRA_PNGINFO'
  | 'UNIQUE_ID'
  | 'DYNPROMPT'
  | 'AUTH_TOKEN_COMFY_ORG'
  | 'API_KEY_COMFY_ORG'

type InputValues<Inputs extends Record<string, InputSpec>> = {
  [Name in keyof Inputs]: Inputs[Name] extends InputSpec<infer T> ? T : never
}

/** Typed constructors for input specs: `input.int({ default: 1, min: 0 })`. */
export const input = {
  int: (options: InputOptions = {}): InputSpec<number> => ({ type: 'INT', options: { default: 0, ...options } }),
  float: (options: InputOptions = {}): InputSpec<number> => ({ type: 'FLOAT', options: { default: 0, ...options } }),
  string: (options: InputOptions = {}): InputSpec<string> => ({ type: 'STRING', options: { default: '', ...options } }),
  boolean: (options: InputOptions = {}): InputSpec<boolean> => ({
    type: 'BOOLEAN',
    options: { default: false, ...options },
  }),
  combo: (choices: Choices, options: InputOptions = {}): InputSpec<string> => ({ type: 'COMBO', options, choices }),
  /** A link of the given type; the value is whatever the producing node returned. */
  link: <T = unknown>(type: string, options: InputOptions = {}): InputSpec<T> => ({ type, options }),
  /** The same input, not required; `execute` may get undefined. */
  optional: <T>(spec: InputSpec<T>): InputSpec<T | undefined> => ({ ...spec, optional: true }),
}

// ---------------------------------------------------------------- outputs and results

export interface OutputSpec {
  type: string
  name?: string
  isList?: boolean
  tooltip?: string
}

/** Stands in the place of a value; every node that receives it is skipped and passes it on. */
export class ExecutionBlocker {
  readonly message: string | null
  constructor(message: string | null = null) {
    this.message = message
  }
}

/** Stands in the place of a value that a file does not have: the node that is given it ends with this message. */
export class MissingValue {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/** A graph that a node answers with in place of values. Links inside refer to local ids. */
export interface Expansion {
  expand: Prompt
  /** Values, or links `[local id, index]` into the expanded graph. */
  result: readonly unknown[]
  /** Which visible node errors and progress are shown under, by local id (`override_display_id`). */
  displayIds?: Record<string, string>
}

/** A tuple of output values; with `ui` what the node shows; or an expansion. */
export type NodeResult = readonly unknown[] | { ui: UiOutput; result?: readonly unknown[] } | Expansion

// ---------------------------------------------------------------- what a node may use

/** What declarations may look at when they are described or validated: directories, never the job. */
export interface NodeEnvironment {
  inputDirectory: string
  outputDirectory: string
  tempDirectory: string
  /** Sorted relative file names in a model folder, from every root. @throws never: an absent folder is empty */
  listModels(folder: string): Promise<string[]>
  /** Absolute path of a model file, or null. Refuses names that lead out of the folder. */
  findModel(folder: string, name: string): Promise<string | null>
  /** Files below the input directory that are of these kinds, sorted relative names. */
  listInputFiles(kinds: readonly ('image' | 'video' | 'latent' | 'any')[]): Promise<string[]>
  /**
   * The absolute path behind an annotated name (`a.png`, `sub/a.png`, `a.png [output]`), or null when it does not
   * exist, leads out of its directory or is not a regular file.
   */
  findAnnotatedFile(name: string): Promise<string | null>
}

export interface PreviewImage {
  format: 'jpeg' | 'png'
  bytes: Uint8Array
}

/** What `execute` gets beside its inputs. */
export interface NodeContext extends NodeEnvironment {
  nodeId: string
  promptId: string
  /** Aborted when the job is interrupted. Check it in every loop: `signal.throwIfAborted()`. */
  signal: AbortSignal
  /**
   * Reports progress and lets messages and interruption through. Await it between steps and tiles.
   * @throws InterruptedError when the job was interrupted
   */
  progress(value: number, max: number, preview?: PreviewImage): Promise<void>
  /** Sends a text to the client that shows this node (binary event 3). */
  sendText(text: string): void
  /** Sends an image to the client without writing a file (SaveImageWebsocket). */
  sendImage(image: PreviewImage): void
  outputs: OutputWriter
  models: ModelStore
  /** The graph as executed and the extra data that save nodes write into their files. */
  prompt: Prompt
  extraPngInfo: Record<string, unknown>
  /** False when the engine was told to write no graph into saved files. @default true */
  metadata?: boolean
  /** Longest side that a preview should have, pixels. @default 512 */
  previewSize?: number
  /** How samplers show what they make. @default 'latent2rgb' */
  previewMethod?: PreviewMethod
  progressOf?: (nodeId: string) => NodeProgress | undefined
}

// ---------------------------------------------------------------- the declaration

export interface NodeDefinition<Inputs extends Record<string, InputSpec> = Record<string, InputSpec>> {
  classType: string
  displayName?: string
  description?: string
  category: string
  inputs: Inputs
  hidden?: Record<string, HiddenInput>
  outputs: readonly OutputSpec[]
  isOutputNode?: boolean
  /** Called once with whole lists: every input is an array. */
  inputIsList?: boolean
  /** The result belongs to this node id: its cache signature contains it. */
  notIdempotent?: boolean
  hasIntermediateOutput?: boolean
  deprecated?: boolean
  experimental?: boolean
  /** Shown by clients in developer mode only. */
  devOnly?: boolean
  /** Works by calling a paid service. */
  apiNode?: boolean
  /** Where clients list it among the basics. */
  essentialsCategory?: string
  searchAliases?: readonly string[]
  /** Where the node comes from, as `python_module` on the wire. Set by the registry for packs. */
  module?: string
  /**
   * A value that changes when the node must run again although its inputs are the same. Gets the literal inputs,
   * linked ones as null. NaN or an exception means "always changed".
   */
  changeMark?: (inputs: Record<string, unknown>, environment: NodeEnvironment) => unknown | Promise<unknown>
  /** The node's own validation: names of the inputs it judges (those skip the range and list checks), or all. */
  validate?: {
    names: readonly string[] | 'all'
    /** Also wants the received types by input name (then the link type check is skipped). */
    wantsInputTypes?: boolean
    check: (
      inputs: Record<string, unknown>,
      environment: NodeEnvironment,
      inputTypes: Record<string, string>,
    ) => true | false | string | Promise<true | false | string>
  }
  /** Which lazy inputs are needed now; asked until it names none that is missing. */
  checkLazyStatus?: (
    inputs: Record<string, unknown>,
    context: NodeContext,
  ) => readonly string[] | Promise<readonly string[]>
  /** True for nodes that wait on something else than this process; they run beside others. */
  isAsync?: boolean
  execute: (inputs: InputValues<Inputs>, context: NodeContext) => NodeResult | Promise<NodeResult>
}

/** A definition of any inputs, as registries hold it. */
// biome-ignore lint/suspicious/noExplicitAny: a registry holds nodes of every input shape; `execute` is called with validated values only
export type AnyNode = NodeDefinition<any>

/** Declares a node; exists so that `execute` gets its input types from `inputs`. */
export function defineNode<const Inputs extends Record<string, InputSpec>>(
  definition: NodeDefinition<Inputs>,
): NodeDefinition<Inputs> {
  return definition
}

/** Thrown inside a run when the job was interrupted; ends the job as cancelled or interrupted, never as an error. */
export class InterruptedError extends Error {
  override name = 'InterruptedError'
}

/**
 * An error of a node whose text is meant for the person who runs the workflow. `exceptionType` is what the wire calls
 * it (ComfyUI's clients know `ValueError`, `FileNotFoundError`, `RuntimeError`, ...).
 */
export class NodeError extends Error {
  readonly exceptionType: string
  constructor(message: string, exceptionType = 'ValueError') {
    super(message)
    this.name = 'NodeError'
    this.exceptionType = exceptionType
  }
}
