/**
 * @file Checks answers against a published OpenAPI description: is the status described, does the JSON fit its schema.
 * The description is not part of the project; its directory is named by the environment (`SPEC_DIR`).
 */
import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'

interface Operation {
  responses: Record<string, { content?: Record<string, { schema?: object }> }>
}

export interface OpenApi {
  /** `GET /api/prompt` of everything that is described. */
  operations: string[]
  /** What is wrong with an answer; empty when it fits. */
  faults(operation: string, status: number, body: unknown): string[]
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

  return {
    operations,
    faults(operation, status, body) {
      const [method = '', route = ''] = operation.split(' ')
      const described = document.paths[route]?.[method.toLowerCase()]?.responses[String(status)]
      if (!described) return [`${operation}: ${status} is not described`]
      const schema = described.content?.['application/json']?.schema
      if (!schema) return []
      const validate = ajv.compile(withoutNullable(withAbsoluteReferences(schema)))
      if (validate(body)) return []
      return (validate.errors ?? []).map((error) => `${operation}: ${error.instancePath} ${error.message}`)
    },
  }
}

/** `#/components/...` refers to the whole document, of which a schema is compiled alone. */
function withAbsoluteReferences(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/'))
}

/** A leftover of OpenAPI 3.0 that 3.1 does not know. */
function withoutNullable<T extends object>(schema: T): T {
  return JSON.parse(JSON.stringify(schema, (key, value) => (key === 'nullable' && value === true ? undefined : value)))
}
