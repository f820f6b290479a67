/** @file The environment a child process may see: ours without anything that opens a door. Pure. */

/** `RUNPOD_API_KEY`, `HF_TOKEN`, `AWS_SECRET_ACCESS_KEY`, `JUPYTER_PASSWORD`, `RUNPOD_SECRET_x` and their like. */
const secretName = /(^|_)(API_?KEY|KEYS?|TOKENS?|SECRETS?|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|AUTH)(_|$)/i

/** Copies the environment without secrets. */
export function scrubbedEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && !secretName.test(name)) kept[name] = value
  }
  return kept
}
