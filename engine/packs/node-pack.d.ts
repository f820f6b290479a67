/**
 * @file The interface of node packs: what a pack is handed and what it gives back. It stands alone, so that it can be
 * copied beside a pack; only types, nothing of it is left at run time. `docs/node-packs.md` teaches it, and the
 * engine's own types are compared with it where the interface is made (`pack-interface.ts`).
 */

/** The default export of a pack. May be async; it is called once in each process that loads the pack. */
export type NodePackEntry = (api: NodePackApi) => NodePackContents | Promise<NodePackContents>

/** The nodes alone, or the nodes and what comes with them. */
export type NodePackContents = readonly PackNode[] | NodePack

export interface NodePack {
  nodes: readonly PackNode[]
  /** Class → name that people see; wins over the node's own `displayName`. */
  displayNames?: Readonly<Record<string, string>>
  /** Directory inside the pack, e.g. `web`, whose files are served under `/extensions/<pack>/`. */
  webDirectory?: string
  /** Classes that are gone, and what stands in for them. */
  replacements?: readonly NodeReplacement[]
}

/** What the engine hands to a pack. */
export interface NodePackApi {
  /** Gives back what it is given; exists so that `execute` gets its input types from `inputs`. */
  defineNode<
    const Inputs extends Record<string, InputSpec>,
    const Hidden extends Record<string, HiddenInput> = Record<never, never>,
  >(definition: NodeDefinition<Inputs, Hidden>): NodeDefinition<Inputs, Hidden>
  /** Makers of input specs. */
  input: {
    int(options?: InputOptions): InputSpec<number>
    float(options?: InputOptions): InputSpec<number>
    string(options?: InputOptions): InputSpec<string>
    boolean(options?: InputOptions): InputSpec<boolean>
    /** @param choices - a list, or a function that is asked at each request */
    combo(choices: Choices, options?: InputOptions): InputSpec<string>
    /** An input that takes a link of that type; several types with commas, `*` for all. */
    link<T = unknown>(type: string, options?: InputOptions): InputSpec<T>
    /** The same input, not required; `execute` may get undefined. */
    optional<T>(spec: InputSpec<T>): InputSpec<T | undefined>
  }
  /** In the place of a value: every node that receives it is skipped and passes it on. */
  ExecutionBlocker: new (
    message?: string | null,
  ) => ExecutionBlocker
  /** An error for the person who runs the workflow; the second argument is its type on the wire (`ValueError`). */
  NodeError: new (
    message: string,
    exceptionType?: string,
  ) => Error
  /** Ends the job as interrupted. */
  InterruptedError: new (
    message?: string,
  ) => Error
  images: ImageHelpers
  /** The image library (https://sharp.pixelplumbing.com). */
  sharp: typeof import('sharp').default
  /** The class of the tensors that a model's session takes and gives. */
  Tensor: new (
    type: string,
    data: ArrayBufferView | readonly unknown[],
    dims: readonly number[],
  ) => ModelTensor
}

// ---------------------------------------------------------------- inputs

export type Choices =
  | readonly string[]
  | ((environment: NodeEnvironment) => readonly string[] | Promise<readonly string[]>)

/** Widget options, in ComfyUI's spelling; others are passed on to clients as they are. */
export interface InputOptions {
  default?: unknown
  min?: number
  max?: number
  step?: number
  round?: number | false
  multiline?: boolean
  tooltip?: string
  forceInput?: boolean
  dynamicPrompts?: boolean
  display?: string
  control_after_generate?: boolean
  image_upload?: boolean
  image_folder?: 'input' | 'output' | 'temp'
  remote?: Record<string, unknown>
  multiselect?: boolean
  advanced?: boolean
  /** Not evaluated until `checkLazyStatus` asks for it. */
  lazy?: boolean
  /** The node gets the link `[id, index]` itself. */
  rawLink?: boolean
  [option: string]: unknown
}

/** `T` is what `execute` receives. */
export interface InputSpec<T = unknown> {
  /** `INT`, `FLOAT`, `STRING`, `BOOLEAN`, `COMBO`, `IMAGE`, `MASK`, any name of your own, a comma list, or `*`. */
  type: string
  options: InputOptions
  choices?: Choices
  optional?: boolean
  /** Never present at run time. */
  readonly _type?: T
}

export type HiddenInput = keyof HiddenValues

export interface HiddenValues {
  /** The graph as executed. */
  PROMPT: Prompt
  EXTRA_PNGINFO: Record<string, unknown>
  /** The node's own id. */
  UNIQUE_ID: string
  /** The graph with the nodes that expansions added so far. */
  DYNPROMPT: {
    ids(): Iterable<string>
    has(id: string): boolean
    get(id: string): { id: string; classType: string; inputs: Readonly<Record<string, unknown>> } | undefined
  }
  /** Secrets of the prompt (`extra_data`), absent when it has none: never write them anywhere. */
  AUTH_TOKEN_COMFY_ORG: string | undefined
  API_KEY_COMFY_ORG: string | undefined
}

export type InputValues<Inputs extends Record<string, InputSpec>> = {
  [Name in keyof Inputs]: Inputs[Name] extends InputSpec<infer T> ? T : never
}

// ---------------------------------------------------------------- nodes

export interface OutputSpec {
  type: string
  /** @default the type */
  name?: string
  /** The value is a list of items; nodes behind it run once per item. */
  isList?: boolean
  tooltip?: string
}

/** A node of any inputs, as a pack lists it. */
// biome-ignore lint/suspicious/noExplicitAny: a list holds nodes of every input shape
export type PackNode = NodeDefinition<any, any>

export interface NodeDefinition<
  Inputs extends Record<string, InputSpec> = Record<string, InputSpec>,
  Hidden extends Record<string, HiddenInput> = Record<never, never>,
> {
  /** Its name in graphs. Must be new: packs do not replace nodes of the engine or of one another. */
  classType: string
  displayName?: string
  description?: string
  /** Menu path: `image/filters`. */
  category: string
  inputs: Inputs
  /** Values of the run, by the name under which `execute` gets them. */
  hidden?: Hidden
  outputs: readonly OutputSpec[]
  /** It may end a graph: prompts run from their output nodes. */
  isOutputNode?: boolean
  /** Called once with whole lists: every input is an array. */
  inputIsList?: boolean
  /** The result belongs to this node id: two equal nodes are two results. */
  notIdempotent?: boolean
  /** What it shows is sent again at the end of a run, also when its result was cached. */
  hasIntermediateOutput?: boolean
  deprecated?: boolean
  experimental?: boolean
  devOnly?: boolean
  apiNode?: boolean
  essentialsCategory?: string
  searchAliases?: readonly string[]
  /**
   * A value that changes when the node must run again although its inputs are the same. Linked inputs are null. NaN or
   * an exception: always changed.
   */
  changeMark?: (inputs: Record<string, unknown>, environment: NodeEnvironment) => unknown | Promise<unknown>
  /** Checks the node before a prompt is accepted. */
  validate?: {
    /** The inputs it judges (those skip the checks of range and choices), or all. */
    names: readonly string[] | 'all'
    /** Also wants the types of linked inputs by name; then the engine does not compare them. */
    wantsInputTypes?: boolean
    /** @returns true, or false or a text that says what is wrong. Linked inputs are null. */
    check: (
      inputs: Record<string, unknown>,
      environment: NodeEnvironment,
      inputTypes: Record<string, string>,
    ) => true | false | string | Promise<true | false | string>
  }
  /** Which lazy inputs are needed now (missing ones are null); asked until it names none that is missing. */
  checkLazyStatus?: (
    inputs: Record<string, unknown>,
    context: NodeContext,
  ) => readonly string[] | Promise<readonly string[]>
  /** It waits on something else than this machine: it runs beside other nodes. */
  isAsync?: boolean
  execute: (
    inputs: InputValues<Inputs> & { [Name in keyof Hidden]: HiddenValues[Hidden[Name]] },
    context: NodeContext,
  ) => NodeResult | Promise<NodeResult>
}

// ---------------------------------------------------------------- results

/** Values in the order of `outputs`; or what the node shows, with or without values; or a graph in their place. */
export type NodeResult = readonly unknown[] | { ui: UiOutput; result?: readonly unknown[] } | Expansion

/** Lists by kind: `{ images: [file] }`, `{ text: ['...'] }`. JSON values only. */
export type UiOutput = Record<string, unknown[]>

export interface Expansion {
  /** Nodes by local id; links in their inputs may name local ids and nodes of the graph. */
  expand: Prompt
  /** Values, or links `[local id, index]`. */
  result: readonly unknown[]
  /** Local id → id of the node it is shown as. */
  displayIds?: Record<string, string>
}

export interface ExecutionBlocker {
  readonly message: string | null
}

/** A graph: node id → node. A link is `[node id, output index]`. */
export type Prompt = Record<string, { class_type: string; inputs: Record<string, unknown>; _meta?: { title?: string } }>

// ---------------------------------------------------------------- what a node may use

/** Directories and their files, known in every process. */
export interface NodeEnvironment {
  inputDirectory: string
  outputDirectory: string
  tempDirectory: string
  /** Sorted names of the files in a model folder (`checkpoints`, `loras`, ...). */
  listModels(folder: string): Promise<string[]>
  /** Absolute path of a model file, or null. */
  findModel(folder: string, name: string): Promise<string | null>
  /** Sorted names of files below the input directory. */
  listInputFiles(kinds: readonly ('image' | 'video' | 'any')[]): Promise<string[]>
  /** The absolute path behind `a.png`, `sub/a.png` or `a.png [output]`, or null. */
  findAnnotatedFile(name: string): Promise<string | null>
}

/** What a call of a node gets beside its inputs. */
export interface NodeContext extends NodeEnvironment {
  nodeId: string
  promptId: string
  /** Aborted when the job is interrupted; hand it to whatever waits. */
  signal: AbortSignal
  /**
   * Reports progress and lets messages and interruption through: await it in every loop.
   * @throws InterruptedError when the job was interrupted
   */
  progress(value: number, max: number, preview?: PreviewImage): Promise<void>
  /** Sends a text to the client that shows this node. */
  sendText(text: string): void
  /** Sends a picture to the client without writing a file. */
  sendImage(image: PreviewImage): void
  outputs: OutputWriter
  models: ModelStore
  /** The graph as executed. */
  prompt: Prompt
  extraPngInfo: Record<string, unknown>
  /** False when saved files must not carry the graph. */
  metadata?: boolean
  /** Longest side that a preview should have, pixels. */
  previewSize?: number
}

export interface PreviewImage {
  format: 'jpeg' | 'png'
  bytes: Uint8Array
}

export interface OutputWriter {
  /**
   * Writes one file of the job: hidden until it is complete, then durable and recorded.
   * @returns what belongs into the UI output, e.g. `{ ui: { images: [file] } }`
   */
  write(request: {
    /** ComfyUI's `filename_prefix`; may contain folders and tokens such as `%width%`. */
    prefix: string
    /** Without dot. */
    extension: string
    /** `output` for results, `temp` for previews. */
    destination: 'output' | 'temp'
    batchIndex: number
    width: number
    height: number
    /** Seconds; videos. */
    duration?: number
    /** Writes the whole file to that path. */
    write: (path: string) => Promise<void>
  }): Promise<{ filename: string; subfolder: string; type: 'output' | 'input' | 'temp' }>
}

/** A tensor of onnxruntime; make them with {@link NodePackApi.Tensor}. */
export interface ModelTensor {
  readonly type: string
  readonly data: unknown
  readonly dims: readonly number[]
}

/** Networks, kept open between jobs and closed on `/free`. */
export interface ModelStore {
  /** `cpu` or `cuda:0`. */
  device: string
  /** Opens an ONNX or ncnn file. `run` blocks its thread: call `context.progress` between calls. */
  open(path: string): Promise<{
    session: {
      inputNames: readonly string[]
      outputNames: readonly string[]
      run(feeds: Record<string, ModelTensor>, fetches?: readonly string[]): Promise<Record<string, ModelTensor>>
    }
  }>
}

// ---------------------------------------------------------------- pictures

/** An IMAGE: batch, height, width, channels (3 RGB, 4 RGBA), values 0 to 1. */
export interface ImageTensor {
  data: Float32Array
  shape: [batch: number, height: number, width: number, channels: number]
}

/** A MASK: batch, height, width, values 0 to 1. */
export interface MaskTensor {
  data: Float32Array
  shape: [batch: number, height: number, width: number]
}

export interface ImageHelpers {
  /** A black image. @throws NodeError when it is too large for this machine */
  allocate(batch: number, height: number, width: number, channels: number): ImageTensor
  /** A zeroed mask. @throws NodeError when it is too large for this machine */
  allocateMask(batch: number, height: number, width: number): MaskTensor
  /** Reads a picture as LoadImage does. @throws NodeError when it is none */
  decode(path: string): Promise<{ image: ImageTensor; mask: MaskTensor }>
  /** One picture of a batch as PNG. */
  encodePng(image: ImageTensor, index: number): Promise<Uint8Array>
  /** One picture of a batch, for sharp. */
  toSharp(image: ImageTensor, index: number): import('sharp').Sharp
  /** What sharp made, as a batch of one. */
  fromSharp(picture: import('sharp').Sharp): Promise<ImageTensor>
  /** One picture of a batch as a small JPEG, for `progress` and `sendImage`. */
  preview(image: ImageTensor, index: number): Promise<PreviewImage>
}

// ---------------------------------------------------------------- replacements

/** A class that is gone. Applied to prompts whose graph still names it, and only while no node has that name. */
export interface NodeReplacement {
  oldNodeId: string
  newNodeId: string
  /** The old node's widgets in order, for clients that replace nodes in a saved workflow. */
  oldWidgetIds?: readonly string[]
  /** Inputs of the new node. Without it all inputs keep their names. */
  inputMapping?: readonly ({ newId: string; oldId: string } | { newId: string; setValue: unknown })[]
  /** Outputs whose position changed. */
  outputMapping?: readonly { newIdx: number; oldIdx: number }[]
}
