/**
 * @file Which folder of `models/` a node's choice of a file comes from. `object_info` lists the files and does not say;
 * ComfyUI's own loaders have fixed names.
 */

const byInput: Record<string, string> = {
  ckpt_name: 'checkpoints',
  unet_name: 'diffusion_models',
  vae_name: 'vae',
  lora_name: 'loras',
  control_net_name: 'controlnet',
  clip_name: 'text_encoders',
  clip_name1: 'text_encoders',
  clip_name2: 'text_encoders',
  clip_name3: 'text_encoders',
  clip_name4: 'text_encoders',
  style_model_name: 'style_models',
  gligen_name: 'gligen',
  hypernetwork_name: 'hypernetworks',
  bg_removal_name: 'background_removal',
  audio_encoder_name: 'audio_encoders',
}

/** Where a name alone does not decide. */
const byClass: Record<string, string> = {
  UpscaleModelLoader: 'upscale_models',
  FrameInterpolationModelLoader: 'frame_interpolation',
  CLIPVisionLoader: 'clip_vision',
  PhotoMakerLoader: 'photomaker',
}

/** @returns null for a choice that is no model file */
export function modelFolderOf(classType: string, input: string): string | null {
  if (input.endsWith('_name') && Object.hasOwn(byClass, classType)) return byClass[classType]!
  return Object.hasOwn(byInput, input) ? byInput[input]! : null
}
