/** @file Answers a request with the archive of a plan, whole or in part. */
import { join } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { compactTime } from '../assets/upload-name.ts'
import { type ByteRange, parseByteRange } from '../files/byte-range.ts'
import { answerBytes, answerRaw } from '../files/raw-answer.ts'
import type { CrcMemory } from './crc-memory.ts'
import { computeLayout } from './layout.ts'
import type { PlannedFile, ZipPlan } from './plan.ts'
import { createRecordedCrcs } from './recorded-crcs.ts'
import { sendZip } from './send-zip.ts'

export interface ServePlanDeps {
  root: string
  memory: CrcMemory
}

/** @param allowRange - false when the client's part is of another archive, so that it must get the whole */
export async function servePlan(
  { root, memory }: ServePlanDeps,
  plan: ZipPlan,
  request: FastifyRequest,
  reply: FastifyReply,
  { allowRange }: { allowRange: boolean },
): Promise<void> {
  const etag = etagOf(plan)
  const layout = computeLayout(plan.files)
  const headers = {
    'content-type': 'application/zip',
    'content-disposition': `attachment; filename="${plan.scope === 'inputs' ? 'inputs' : 'outputs'}_${compactTime(new Date(plan.createdAt))}.zip"`,
    'accept-ranges': 'bytes',
    etag,
    // Not for a proxy's cache: private, and larger than what one should keep.
    'cache-control': 'private, no-store',
  }
  const asked = allowRange && request.method === 'GET' ? parseByteRange(request.headers.range, layout.size) : null
  if (asked === 'unsatisfiable') {
    const nothing = { ...headers, 'content-range': `bytes */${layout.size}` }
    return answerBytes(request, reply, { status: 416, headers: nothing, body: Buffer.alloc(0) })
  }
  const range: ByteRange = asked ?? { start: 0, end: layout.size }
  const recorded = createRecordedCrcs(root)
  await memory.ready
  const versionOf = (file: PlannedFile) => ({
    path: join(root, file.rawPath ?? file.path),
    size: file.size,
    time: file.mtimeNs,
  })
  await answerRaw(request, reply, {
    status: asked ? 206 : 200,
    headers: asked ? { ...headers, 'content-range': `bytes ${range.start}-${range.end - 1}/${layout.size}` } : headers,
    length: range.end - range.start,
    send: (writer, signal) =>
      sendZip({
        root,
        plan,
        layout,
        range,
        writer,
        signal,
        findCrc: async (file) => (await recorded.find(file)) ?? memory.find(versionOf(file)),
        onCrc: (file, crc32) => memory.remember(versionOf(file), crc32),
      }),
  })
}

/** Strong: the plan determines every byte. */
export function etagOf(plan: ZipPlan): string {
  return `"${plan.id}"`
}

/** The plan id in an entity tag of ours, or null. */
export function planIdOf(etag: string | undefined): string | null {
  return /^"([0-9a-f]{32})"$/.exec(etag?.trim() ?? '')?.[1] ?? null
}
