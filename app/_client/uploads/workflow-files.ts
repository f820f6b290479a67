/** @file Which dropped files are workflows, or pictures that carry one. */

/** By name: what a graph is saved as. The pod judges by content. */
export const isWorkflowFile = ({ name }: Pick<File, 'name'>) => /\.json$/i.test(name)

/** Texts stand before the picture's data, so that the beginning is enough; bytes. */
const beginning = 256 * 1024

/** Whether a PNG has a text called `prompt` or `workflow`, as ComfyUI writes them (tEXt or iTXt, PNG specification 11.3.3). */
export async function carriesWorkflow(file: File): Promise<boolean> {
  if (!/\.png$/i.test(file.name)) return false
  // Browsers read `latin1` as windows-1252, where the signature's first byte is another character.
  const head = new TextDecoder('latin1').decode(await file.slice(0, beginning).arrayBuffer())
  return head.startsWith('PNG', 1) && ['prompt', 'workflow'].some((name) => hasText(head, name))
}

const hasText = (head: string, name: string) => head.includes(`tEXt${name}\0`) || head.includes(`iTXt${name}\0`)
