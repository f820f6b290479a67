// A script for a page that extends itself, as ComfyUI's does: listed by GET /extensions, served as it is.
export const name = 'example-pack'
