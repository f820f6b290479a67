/**
 * @file The other names of a UNet's tensors: diffusers calls the blocks by level and kind. Builders use the original
 * names; this is where the two meet, for files and for LoRAs.
 */
import { inputBlocks, type UNetConfig } from './config.ts'

const topLevel: readonly (readonly [original: string, diffusers: string])[] = [
  ['time_embed.0', 'time_embedding.linear_1'],
  ['time_embed.2', 'time_embedding.linear_2'],
  ['label_emb.0.0', 'add_embedding.linear_1'],
  ['label_emb.0.2', 'add_embedding.linear_2'],
  ['input_blocks.0.0', 'conv_in'],
  ['out.0', 'conv_norm_out'],
  ['out.2', 'conv_out'],
  ['middle_block_out.0', 'controlnet_mid_block'],
]

const insideResidual: readonly (readonly [original: string, diffusers: string])[] = [
  ['in_layers.0', 'norm1'],
  ['in_layers.2', 'conv1'],
  ['emb_layers.1', 'time_emb_proj'],
  ['out_layers.0', 'norm2'],
  ['out_layers.3', 'conv2'],
  ['skip_connection', 'conv_shortcut'],
]

/**
 * Turns original names of a UNet or ControlNet into diffusers', for modules (`input_blocks.1.1.proj_in`) and tensors
 * (`input_blocks.1.1.proj_in.weight`) alike. Names that it does not know come back as they are.
 */
export function diffusersUNetName(
  config: Pick<UNetConfig, 'modelChannels' | 'levels' | 'middleDepth'>,
): (name: string) => string {
  const blocks = blockNames(config)
  return (name) => {
    const top = topLevel.find(([original]) => name === original || name.startsWith(`${original}.`))
    if (top) return top[1] + name.slice(top[0].length)
    const hint = /^input_hint_block\.(\d+)(.*)$/.exec(name)
    if (hint) return hintName(Number(hint[1])) + hint[2]
    const zero = /^zero_convs\.(\d+)\.0(.*)$/.exec(name)
    if (zero) return `controlnet_down_blocks.${zero[1]}${zero[2]}`
    const parts = /^((?:input_blocks|output_blocks)\.\d+\.\d+|middle_block\.\d+)\.(.*)$/.exec(name)
    const block = parts && blocks.get(parts[1]!)
    if (!block) return name
    return `${block}.${insideBlock(block, parts[2]!)}`
  }
}

function insideBlock(block: string, rest: string): string {
  if (block.includes('downsamplers')) return rest.replace(/^op/, 'conv')
  if (!block.includes('resnets')) return rest
  const inside = insideResidual.find(([original]) => rest === original || rest.startsWith(`${original}.`))
  return inside ? inside[1] + rest.slice(inside[0].length) : rest
}

function hintName(place: number): string {
  if (place === 0) return 'controlnet_cond_embedding.conv_in'
  if (place === 14) return 'controlnet_cond_embedding.conv_out'
  return `controlnet_cond_embedding.blocks.${place / 2 - 1}`
}

/** `input_blocks.4.1` and the like to what diffusers calls the same block. */
function blockNames(config: Pick<UNetConfig, 'modelChannels' | 'levels' | 'middleDepth'>): Map<string, string> {
  const names = new Map<string, string>()
  const residuals = new Map<number, number>()
  for (const [index, block] of inputBlocks(config).entries()) {
    if (block.kind === 'downsample') names.set(`input_blocks.${index}.0`, `down_blocks.${block.level}.downsamplers.0`)
    if (block.kind !== 'residual') continue
    const step = residuals.get(block.level) ?? 0
    residuals.set(block.level, step + 1)
    names.set(`input_blocks.${index}.0`, `down_blocks.${block.level}.resnets.${step}`)
    names.set(`input_blocks.${index}.1`, `down_blocks.${block.level}.attentions.${step}`)
  }
  names.set('middle_block.0', 'mid_block.resnets.0')
  if (config.middleDepth > 0) names.set('middle_block.1', 'mid_block.attentions.0')
  names.set(`middle_block.${config.middleDepth > 0 ? 2 : 1}`, 'mid_block.resnets.1')
  let index = 0
  for (const [upIndex, { up }] of [...config.levels].reverse().entries()) {
    for (const [step, depth] of up.entries()) {
      names.set(`output_blocks.${index}.0`, `up_blocks.${upIndex}.resnets.${step}`)
      if (depth > 0) names.set(`output_blocks.${index}.1`, `up_blocks.${upIndex}.attentions.${step}`)
      if (step === up.length - 1) {
        names.set(`output_blocks.${index}.${depth > 0 ? 2 : 1}`, `up_blocks.${upIndex}.upsamplers.0`)
      }
      index += 1
    }
  }
  return names
}

/** Every name by which LoRAs may call a module of the UNet. */
export function unetModuleNames(config: UNetConfig): (module: string) => readonly string[] {
  const diffusers = diffusersUNetName(config)
  return (module) => {
    const name = diffusers(module)
    // The attention processors that diffusers had once counted no layers inside of `to_out`.
    return name.endsWith('.to_out.0') ? [module, name, name.slice(0, -'.0'.length)] : [module, name]
  }
}
