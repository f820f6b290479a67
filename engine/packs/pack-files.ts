/**
 * @file The files of packs that clients read: web directories, example workflows, translations, subgraphs. Files are
 * opened beneath their directory and never through a link; what is no JSON is left out and logged once.
 */
import { createHash } from 'node:crypto'
import { parseRelativePath } from '#contracts/relative-path'
import { type OpenedFile, openBeneath } from '#platform/files/open-beneath'
import { listFiles } from '../environment/list-files.ts'
import type { LoadedPackFiles } from './pack-library.ts'

export interface SubgraphEntry {
  source: 'custom_node'
  name: string
  info: { node_pack: string }
}

export interface PackFiles {
  /** Addresses of the scripts of all packs, `/extensions/<pack>/<path>`. */
  listExtensions(): Promise<string[]>
  openWebFile(pack: string, path: string): Promise<OpenedFile | null>
  /** Pack → names of its example workflows, without ending. */
  listTemplates(): Promise<Record<string, string[]>>
  openTemplate(pack: string, path: string): Promise<OpenedFile | null>
  /** Language → texts; read once. */
  translations(): Promise<Record<string, unknown>>
  listSubgraphs(): Promise<Record<string, SubgraphEntry>>
  /** With its text, or null. */
  findSubgraph(id: string): Promise<(SubgraphEntry & { data: string }) | null>
}

/** Where example workflows may lie; the first is the name to use, the others are older. */
const templateFolders = ['example_workflows', 'example', 'examples', 'workflow', 'workflows']
/** Files of a language that stand under a key of their own; `main.json` stands at the top. */
const translationKeys = ['commands', 'settings', 'nodeDefs']
const maxJsonSize = 8 * 1024 * 1024

type Json = Record<string, unknown>

export function createPackFiles(packs: readonly LoadedPackFiles[], warn: (message: string) => void): PackFiles {
  const packNamed = (name: string) => packs.find((pack) => pack.name === name)
  const directories = packs.filter((pack): pack is LoadedPackFiles & { directory: string } => pack.directory !== null)
  let texts: Promise<Json> | null = null

  async function readJson(pack: { name: string; directory: string }, path: string): Promise<string | null> {
    const file = await openBeneath(pack.directory, path.split('/'))
    if (file === null) return null
    try {
      if (file.stats.size > maxJsonSize) throw new Error('it is too large')
      const text = await file.handle.readFile('utf8')
      JSON.parse(text)
      return text
    } catch (error) {
      warn(`node pack ${pack.name}: ${path} cannot be used: ${(error as Error).message}`)
      return null
    } finally {
      await file.handle.close()
    }
  }

  async function readTranslations(): Promise<Json> {
    const merged: Json = {}
    for (const pack of directories) {
      const names = await listFiles(`${pack.directory}/locales`, { followLinks: false })
      for (const language of new Set(names.filter((name) => name.includes('/')).map((name) => name.split('/')[0]!))) {
        const read = async (file: string): Promise<unknown> =>
          JSON.parse((await readJson(pack, `locales/${language}/${file}.json`)) ?? 'null')
        merge(merged, { [language]: await read('main') })
        for (const key of translationKeys) merge(merged, { [language]: { [key]: await read(key) } })
      }
    }
    return merged
  }

  async function subgraphs(): Promise<Map<string, SubgraphEntry & { pack: LoadedPackFiles; path: string }>> {
    const found = new Map<string, SubgraphEntry & { pack: LoadedPackFiles; path: string }>()
    for (const pack of directories) {
      const folder = `${pack.directory}/subgraphs`
      const files = await listFiles(folder, { followLinks: false, recursive: false, accept: isJson })
      for (const file of files) {
        const id = createHash('sha256').update(`${pack.name}/${file}`).digest('hex')
        const info = { node_pack: `custom_nodes.${pack.name}` }
        found.set(id, { source: 'custom_node', name: withoutJson(file), info, pack, path: `subgraphs/${file}` })
      }
    }
    return found
  }

  return {
    async listExtensions() {
      const addresses: string[] = []
      for (const { name, webDirectory } of packs) {
        if (webDirectory === null) continue
        const scripts = await listFiles(webDirectory, { followLinks: false, accept: (file) => file.endsWith('.js') })
        addresses.push(...scripts.map((path) => `/extensions/${encodeURIComponent(name)}/${path}`))
      }
      return addresses
    },
    openWebFile: async (pack, path) => openVisible(packNamed(pack)?.webDirectory ?? null, path),
    async listTemplates() {
      const byPack: [string, string[]][] = []
      for (const pack of directories) {
        const names: string[] = []
        for (const folder of templateFolders) {
          const options = { followLinks: false, recursive: false, accept: isJson }
          names.push(...(await listFiles(`${pack.directory}/${folder}`, options)).map(withoutJson))
        }
        if (names.length > 0) byPack.push([pack.name, [...new Set(names)]])
      }
      return Object.fromEntries(byPack)
    },
    async openTemplate(name, path) {
      const directory = packNamed(name)?.directory ?? null
      for (const folder of templateFolders) {
        const file = directory && (await openVisible(`${directory}/${folder}`, path))
        if (file) return file
      }
      return null
    },
    translations() {
      texts ??= readTranslations()
      return texts
    },
    async listSubgraphs() {
      const entries = [...(await subgraphs())]
      return Object.fromEntries(entries.map(([id, { source, name, info }]) => [id, { source, name, info }]))
    },
    async findSubgraph(id) {
      const entry = (await subgraphs()).get(id)
      if (entry === undefined || entry.pack.directory === null) return null
      const data = await readJson({ name: entry.pack.name, directory: entry.pack.directory }, entry.path)
      return data === null ? null : { source: entry.source, name: entry.name, info: entry.info, data }
    },
  }
}

/** Hidden files are nobody's to read. */
async function openVisible(root: string | null, path: string): Promise<OpenedFile | null> {
  const segments = parseRelativePath(path)
  if (root === null || segments === null || segments.some((segment) => segment.startsWith('.'))) return null
  return openBeneath(root, segments)
}

/** Deep: objects are joined, everything else is overwritten; null adds nothing. */
function merge(target: Json, source: Json): void {
  for (const [key, value] of Object.entries(source)) {
    if (value === null || value === undefined || key === '__proto__') continue
    const known = Object.hasOwn(target, key) ? target[key] : undefined
    if (isObject(known) && isObject(value)) merge(known, value)
    else if (isObject(value)) {
      target[key] = {}
      merge(target[key] as Json, value)
    } else target[key] = value
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isJson = (name: string) => name.endsWith('.json')
const withoutJson = (name: string) => name.slice(0, -'.json'.length)
