/**
 * @file ComfyUI's binary WebSocket frames. All integers are big-endian, 32 bits, unsigned.
 */

const previewImage = 1
const text = 3
const previewImageWithMetadata = 4
const imageFormats = { jpeg: 1, png: 2 } as const

/** JSON of a preview with metadata. */
export interface PreviewMetadata {
  node_id: string
  prompt_id: string
  display_node_id: string
  parent_node_id: string | null
  real_node_id: string
  image_type: 'image/jpeg' | 'image/png'
}

/** Event 1: for clients that know nothing of metadata. */
export function previewFrame(format: 'jpeg' | 'png', image: Uint8Array): Buffer {
  return Buffer.concat([integers(previewImage, imageFormats[format]), image])
}

/** Event 4. */
export function previewWithMetadataFrame(metadata: PreviewMetadata, image: Uint8Array): Buffer {
  const json = Buffer.from(JSON.stringify(metadata))
  return Buffer.concat([integers(previewImageWithMetadata, json.length), json, image])
}

/** Event 3: a text for the client that shows this node. */
export function textFrame(nodeId: string, content: string): Buffer {
  const id = Buffer.from(nodeId)
  return Buffer.concat([integers(text, id.length), id, Buffer.from(content)])
}

function integers(...values: number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4)
  return bytes
}
