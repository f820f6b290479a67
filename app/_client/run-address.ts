/** @file Addresses of the runner: with the settings of a job. */

/** @param workflow - the job's, or null for a job of a ComfyUI client, whose graph becomes the form */
export const runFrom = (job: string, workflow: string | null) =>
  `/run${workflow === null ? '' : `/${encodeURIComponent(workflow)}`}?from=${encodeURIComponent(job)}`
