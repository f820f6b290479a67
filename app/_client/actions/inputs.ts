/** @file What a person does to make inputs out of results. */
import type { CopyToInputs, UploadResult } from '#contracts/assets'
import { postJson } from '../http.ts'

/** Copies outputs into the library of inputs. @returns the names there; `errors` are sentences per file that was not copied */
export const copyToInputs = (files: readonly string[]) =>
  postJson<UploadResult>('/api/admin/assets/inputs/from-outputs', { files: [...files] } satisfies CopyToInputs)
