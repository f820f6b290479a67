/** @file How networks of this engine's own making are opened: their weights are external data, named from the root of the file system. */
import type { NetworkOptions } from '../store.ts'
import type { SessionSettings } from './session.ts'

/**
 * Measured with SD 1.5's UNet on the CPU: by default it opens in half a second with 0.1 GB, since its weights stay mapped in
 * the file, and a step takes 5 % longer than with every copy that the runtime could make.
 */
export function networkSettings(
  device: string,
  threads: number,
  { layout = 'extended', prepack = false, foldConstants = false }: NetworkOptions = {},
): SessionSettings {
  return {
    device,
    threads,
    optimization: layout,
    config: {
      'session.model_external_initializers_file_folder_path': '/',
      ...(!prepack && { 'session.disable_prepacking': '1' }),
      ...(!foldConstants && { 'optimization.disable_specified_optimizers': 'ConstantFolding' }),
    },
  }
}
