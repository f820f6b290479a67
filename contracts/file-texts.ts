/** @file `GET /file-texts/{inputs|outputs}/{path}`: what a picture or video says of itself. Written by anybody: shown as text only. */
import * as z from 'zod'

export const fileTextSchema = z.object({
  keyword: z.string().describe('`prompt`, `workflow`, `parameters`, … as the file has it'),
  text: z.string(),
})
export type FileText = z.infer<typeof fileTextSchema>

export const fileTextsSchema = z.object({
  texts: z.array(fileTextSchema).describe('in the order of the file; none for kinds of files that carry none'),
  truncated: z.boolean().describe('there is more than is read'),
})
export type FileTexts = z.infer<typeof fileTextsSchema>
