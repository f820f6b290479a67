/** @file diffusers' names of a VAE's tensors, from the original ones. */

const inAttention: readonly (readonly [original: string, diffusers: string, older: string])[] = [
  ['norm', 'group_norm', 'group_norm'],
  ['q', 'to_q', 'query'],
  ['k', 'to_k', 'key'],
  ['v', 'to_v', 'value'],
  ['proj_out', 'to_out.0', 'proj_attn'],
]

/**
 * @param levels - resolutions of the VAE
 * @param older - the attention has the names of diffusers before 0.15
 */
export function diffusersVaeName(levels: number, older: boolean): (name: string) => string {
  return (name) => {
    const attention = /^(encoder|decoder)\.mid\.attn_1\.(\w+)\.(weight|bias)$/.exec(name)
    if (attention) {
      const part = inAttention.find(([original]) => original === attention[2])
      return `${attention[1]}.mid_block.attentions.0.${part?.[older ? 2 : 1]}.${attention[3]}`
    }
    const middle = /^(encoder|decoder)\.mid\.block_(\d)\.(.*)$/.exec(name)
    if (middle) return `${middle[1]}.mid_block.resnets.${Number(middle[2]) - 1}.${middle[3]}`
    const block = /^(encoder|decoder)\.(down|up)\.(\d+)\.block\.(\d+)\.(.*)$/.exec(name)
    if (block) {
      const level = block[2] === 'up' ? levels - 1 - Number(block[3]) : Number(block[3])
      const inside = block[5]!.replace('nin_shortcut', 'conv_shortcut')
      return `${block[1]}.${block[2]}_blocks.${level}.resnets.${block[4]}.${inside}`
    }
    const step = /^(encoder|decoder)\.(down|up)\.(\d+)\.(?:down|up)sample\.(.*)$/.exec(name)
    if (step) {
      const level = step[2] === 'up' ? levels - 1 - Number(step[3]) : Number(step[3])
      return `${step[1]}.${step[2]}_blocks.${level}.${step[2]}samplers.0.${step[4]}`
    }
    return name.replace('.norm_out.', '.conv_norm_out.')
  }
}
