/** @file Files: a combo that lists a directory, a change mark, a result in the job's folder. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import type { NodePackApi, PackNode } from 'pod-studio/node-pack'

export function createFileNodes({ defineNode, input, NodeError }: NodePackApi): PackNode[] {
  const note = defineNode({
    classType: 'ExampleReadNote',
    category: 'example/files',
    inputs: {
      note: input.combo(async (environment) => {
        const names = await environment.listInputFiles(['any'])
        return names.filter((name) => name.endsWith('.txt'))
      }),
    },
    outputs: [{ type: 'STRING' }],
    async changeMark({ note }, environment) {
      const path = await environment.findAnnotatedFile(String(note))
      return path && (await stat(path)).mtimeMs
    },
    async execute({ note }, context) {
      const path = await context.findAnnotatedFile(note)
      if (path === null) throw new NodeError(`There is no note ${note}`, 'FileNotFoundError')
      return [await readFile(path, 'utf8')]
    },
  })

  const save = defineNode({
    classType: 'ExampleSaveText',
    category: 'example/files',
    isOutputNode: true,
    inputs: { text: input.string({ forceInput: true }), filename_prefix: input.string({ default: 'note' }) },
    outputs: [],
    async execute({ text, filename_prefix }, context) {
      const file = await context.outputs.write({
        prefix: filename_prefix,
        extension: 'txt',
        destination: 'output',
        batchIndex: 0,
        width: 0,
        height: 0,
        write: (path) => writeFile(path, text),
      })
      return { ui: { files: [file] } }
    },
  })

  return [note, save]
}
