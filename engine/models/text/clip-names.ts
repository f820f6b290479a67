/** @file What the tensors of a CLIP text encoder are called: transformers' names and OpenCLIP's. */

export type ClipLayout = 'transformers' | 'openclip'

export interface ClipNames {
  tokens: string
  positions: string
  /** Of a layer norm, as all names below: without `.weight` and `.bias`. */
  finalNorm: string
  block(index: number): ClipBlockNames
}

export interface ClipBlockNames {
  attentionNorm: string
  attention: { query: string; key: string; value: string } | { fused: { weight: string; bias: string } }
  out: string
  mlpNorm: string
  up: string
  down: string
}

/** @param root - before the names in transformers' layout: `text_model.`, or nothing in the oldest checkpoints */
export function clipNames(layout: ClipLayout, root: string): ClipNames {
  return layout === 'openclip' ? openClip : transformers(root)
}

/** What LoRAs call the modules of a block, whatever the checkpoint calls them. */
export function clipModules(index: number) {
  const block = `text_model.encoder.layers.${index}.`
  return {
    query: `${block}self_attn.q_proj`,
    key: `${block}self_attn.k_proj`,
    value: `${block}self_attn.v_proj`,
    out: `${block}self_attn.out_proj`,
    up: `${block}mlp.fc1`,
    down: `${block}mlp.fc2`,
  }
}

function transformers(root: string): ClipNames {
  return {
    tokens: `${root}embeddings.token_embedding.weight`,
    positions: `${root}embeddings.position_embedding.weight`,
    finalNorm: `${root}final_layer_norm`,
    block: (index) => {
      const block = `${root}encoder.layers.${index}.`
      const attention = `${block}self_attn.`
      return {
        attentionNorm: `${block}layer_norm1`,
        attention: { query: `${attention}q_proj`, key: `${attention}k_proj`, value: `${attention}v_proj` },
        out: `${attention}out_proj`,
        mlpNorm: `${block}layer_norm2`,
        up: `${block}mlp.fc1`,
        down: `${block}mlp.fc2`,
      }
    },
  }
}

const openClip: ClipNames = {
  tokens: 'token_embedding.weight',
  positions: 'positional_embedding',
  finalNorm: 'ln_final',
  block: (index) => {
    const block = `transformer.resblocks.${index}.`
    return {
      attentionNorm: `${block}ln_1`,
      attention: { fused: { weight: `${block}attn.in_proj_weight`, bias: `${block}attn.in_proj_bias` } },
      out: `${block}attn.out_proj`,
      mlpNorm: `${block}ln_2`,
      up: `${block}mlp.c_fc`,
      down: `${block}mlp.c_proj`,
    }
  },
}
