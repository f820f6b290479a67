/**
 * @file What pages ask for as soon as they run. The server tells the browser with the document, so that the answers come
 * beside the scripts and not after them; each is used only if the page asks for this very address.
 */
export const firstRequests = {
  system: '/api/admin/system',
  liveJobs: '/api/admin/jobs?status=running,queued&limit=500',
  /** The first screen comes soon, the rest in few requests. */
  outputs: '/api/admin/outputs?limit=400',
} as const
