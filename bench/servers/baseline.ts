/**
 * @file What the endpoints are compared with, each the least that Node can do: `/file?path` piped, `/archiver?path` a directory
 * through archiver in store mode, `/discard` a body thrown away, `/constant` a fixed answer, `/read?path` one readFile.
 */
import { createReadStream, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ZipArchive } from 'archiver'

const constant = Buffer.alloc(1024, 'x')

const server = createServer((request, response) => {
  const url = new URL(request.url!, 'http://localhost')
  const path = url.searchParams.get('path') ?? ''
  switch (url.pathname) {
    case '/file':
      response.setHeader('content-length', statSync(path).size)
      createReadStream(path, { highWaterMark: 1024 * 1024 }).pipe(response)
      return
    case '/archiver': {
      const archive = new ZipArchive({ store: true })
      archive.pipe(response)
      archive.directory(path, false)
      void archive.finalize()
      return
    }
    case '/discard':
      request.resume().on('end', () => response.end('done'))
      return
    case '/read':
      readFile(path).then((bytes) => response.end(bytes))
      return
    default:
      response.setHeader('content-length', constant.length)
      response.end(constant)
  }
})
server.requestTimeout = 0
server.listen(0, '127.0.0.1', () => console.log(`listening ${(server.address() as AddressInfo).port}`))
