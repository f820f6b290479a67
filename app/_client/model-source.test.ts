import { expect, it } from 'vitest'
import { offeredHost } from './model-source.ts'

const hosts = ['huggingface.co', 'github.com']

it('offers what the pod may fetch', () => {
  expect(offeredHost('https://huggingface.co/a/resolve/main/m.safetensors', hosts)).toBe('huggingface.co')
  expect(offeredHost('https://github.com/a/b/releases/download/v1/m.onnx', hosts)).toBe('github.com')
})

it.each([
  null,
  'no address',
  'http://huggingface.co/m',
  'https://evil.example/m',
  'https://huggingface.co.evil.example/m',
  'https://huggingface.co:8443/m',
  'https://user:pw@huggingface.co/m',
  'https://github.com/a/b/raw/main/m',
])('never offers %s', (url) => expect(offeredHost(url, hosts)).toBeNull())

it('offers nothing where the owner of the pod allows no host', () => {
  expect(offeredHost('https://huggingface.co/m', [])).toBeNull()
})
