import { describe, expect, it } from 'vitest'
import { carriesWorkflow, isWorkflowFile } from './workflow-files.ts'

const chunk = (type: string, content: string) => {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(type + content, 'latin1'), Buffer.alloc(4)])
  bytes.writeUInt32BE(content.length)
  return bytes
}
const png = (...chunks: Buffer[]) =>
  new File([Uint8Array.from(Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks]))], 'made.PNG')

describe('a dropped file', () => {
  it('is a workflow by its name', () => {
    expect(isWorkflowFile({ name: 'My graph.JSON' })).toBe(true)
    expect(isWorkflowFile({ name: 'graph.json.png' })).toBe(false)
  })

  it.each([
    ['the graph that was run', 'tEXt', 'prompt\0{}', true],
    ["the editor's graph, in Unicode", 'iTXt', 'workflow\0\0\0\0\0{}', true],
    ['words about the picture', 'tEXt', 'Comment\0my prompt and workflow', false],
  ])('is a picture with %s', async (_what, type, content, carries) => {
    expect(await carriesWorkflow(png(chunk('IHDR', '0123456789012'), chunk(type, content)))).toBe(carries)
  })

  it('that only calls itself a PNG carries nothing', async () => {
    expect(await carriesWorkflow(new File(['tEXtprompt\0'], 'a.png'))).toBe(false)
    expect(await carriesWorkflow(new File(['\x89PNG tEXtprompt\0'], 'a.jpg'))).toBe(false)
  })
})
