/** @file Transfers with curl: a client whose own cost is small and always the same. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Transfer {
  /** Milliseconds of the whole transfer. */
  total: number
  /** Milliseconds to the first byte. */
  firstByte: number
  /** Bytes that came. */
  received: number
  status: number
}

export async function curl(url: string, ...options: string[]): Promise<Transfer> {
  const format = '%{time_total} %{time_starttransfer} %{size_download} %{http_code}'
  const toNowhere = options.includes('-o') ? [] : ['-o', '/dev/null']
  const { stdout } = await run('curl', ['-sS', ...toNowhere, '-w', format, ...options, url], { maxBuffer: 1e6 })
  const [total, firstByte, received, status] = stdout.split(' ').map(Number) as [number, number, number, number]
  return { total: total * 1000, firstByte: firstByte * 1000, received, status }
}
