/** @file Graphs that the engine's tests run: made of shipped nodes only. */

/** One plain picture, saved. @param color - 0xRRGGBB; another colour is another result */
export function savePicture(color = 255, size = 64) {
  return {
    1: { class_type: 'EmptyImage', inputs: { width: size, height: size, batch_size: 1, color } },
    2: {
      class_type: 'SaveImage',
      inputs: { images: ['1', 0], filename_prefix: 'picture' },
      _meta: { title: 'Save it' },
    },
  }
}

export function previewPicture(color = 255) {
  return {
    1: { class_type: 'EmptyImage', inputs: { width: 32, height: 32, batch_size: 1, color } },
    2: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
  }
}

/** A file of the input directory, halved, saved. */
export function shrinkFile(image: string) {
  return {
    1: { class_type: 'LoadImage', inputs: { image } },
    2: { class_type: 'ImageScaleBy', inputs: { image: ['1', 0], upscale_method: 'bilinear', scale_by: 0.5 } },
    3: { class_type: 'SaveImage', inputs: { images: ['2', 0], filename_prefix: 'small' } },
  }
}

/** Many tiles of a network: takes long, reports progress, and can be interrupted between tiles. */
export function upscaleForLong(size = 1024, color = 0x336699) {
  return {
    1: { class_type: 'EmptyImage', inputs: { width: size, height: size, batch_size: 4, color } },
    2: { class_type: 'UpscaleModelLoader', inputs: { model_name: 'waifu2x-cunet-noise3.param' } },
    3: { class_type: 'ImageUpscaleWithModel', inputs: { upscale_model: ['2', 0], image: ['1', 0] } },
    4: { class_type: 'SaveImage', inputs: { images: ['3', 0], filename_prefix: 'long' } },
  }
}
