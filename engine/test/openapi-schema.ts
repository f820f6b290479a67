/**
 * @file Checks answers and messages against a published OpenAPI description: is the status described, does the JSON fit
 * its schema. The description is not part of the project; its directory is named by the environment (`SPEC_DIR`).
 */
import { readFile } from 'node:fs/promises'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { parse } from 'yaml'

interface Operation {
  responses: Record<string, { content?: Record<string, { schema?: object }> }>
  'x-websocket-messages'?: { type: string; schema: object }[]
}

export interface OpenApi {
  /** `GET /api/prompt` of everything that is described. */
  operations: string[]
  /** The operation that a request is for, bare or under `/api`; null when none is described. */
  operationOf(method: string, path: string): string | null
  /** Whether a status of an operation is described. */
  describes(operation: string, status: number): boolean
  /** What is wrong with an answer; empty when it fits. */
  faults(operation: string, status: number, body: unknown): string[]
  /** What is wrong with the data of a WebSocket message; empty when it fits. */
  messageFaults(type: string, data: unknown): string[]
}

/** @param path - of the YAML file */
export async function loadOpenApi(path: string): Promise<OpenApi> {
  const document = parse(await readFile(path, 'utf8')) as {
    paths: Record<string, Record<string, Operation>>
    components: object
  }
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema({ $id: 'openapi', components: withoutNullable(document.components) })
  const operations = Object.entries(document.paths).flatMap(([route, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${route}`),
  )
  // Routes without parameters first: `/api/jobs/cancel` is not a job called cancel.
  const patterns = operations
    .map((operation) => ({ operation, ...patternOf(operation) }))
    .sort((a, b) => a.parameters - b.parameters)
  const messages = new Map(
    (document.paths['/ws']?.get?.['x-websocket-messages'] ?? []).map(({ type, schema }) => [type, schema]),
  )
  const compiled = new Map<string, ValidateFunction>()

  function schemaFaults(key: string, schema: object, value: unknown): string[] {
    const validate = compiled.get(key) ?? ajv.compile(withoutNullable(withAbsoluteReferences(schema)))
    compiled.set(key, validate)
    if (validate(value)) return []
    return (validate.errors ?? []).map((error) => `${key}: ${error.instancePath} ${error.message}`)
  }

  const responseOf = (operation: string, status: number) => {
    const [method = '', route = ''] = operation.split(' ')
    return document.paths[route]?.[method.toLowerCase()]?.responses[String(status)]
  }

  return {
    operations,
    operationOf(method, path) {
      const asked = [path, `/api${path}`]
      const found = patterns.find((each) => each.method === method && asked.some((one) => each.path.test(one)))
      return found?.operation ?? null
    },
    describes: (operation, status) => responseOf(operation, status) !== undefined,
    faults(operation, status, body) {
      const described = responseOf(operation, status)
      if (!described) return [`${operation}: ${status} is not described`]
      const schema = described.content?.['application/json']?.schema
      return schema ? schemaFaults(`${operation} ${status}`, schema, body) : []
    },
    messageFaults(type, data) {
      const schema = messages.get(type)
      return schema ? schemaFaults(`message ${type}`, schema, data) : [`message ${type}: is not described`]
    },
  }
}

function patternOf(operation: string): { method: string; path: RegExp; parameters: number } {
  const [method = '', route = ''] = operation.split(' ')
  const parts = route.split(/\{[^}]+\}/)
  const source = parts.map((part) => part.replace(/[.*+?^$()|[\]\\]/g, '\\$&')).join('[^/]+')
  return { method, path: new RegExp(`^${source}$`), parameters: parts.length - 1 }
}

/** `#/components/...` refers to the whole document, of which a schema is compiled alone. */
function withAbsoluteReferences(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/'))
}

/** A leftover of OpenAPI 3.0 that 3.1 does not know. */
function withoutNullable<T extends object>(schema: T): T {
  return JSON.parse(JSON.stringify(schema, (key, value) => (key === 'nullable' && value === true ? undefined : value)))
}
