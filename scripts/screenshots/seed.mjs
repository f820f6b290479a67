/** @file What the seeded studio needs beside the fixture: real results, a filled trash, a workflow whose model is missing, running jobs. */

/** ComfyUI's default graph with a checkpoint that no pod has. */
const defaultGraph = {
  3: {
    class_type: 'KSampler',
    inputs: {
      ...{ seed: 5, steps: 20, cfg: 8, sampler_name: 'euler', scheduler: 'normal', denoise: 1 },
      ...{ model: ['4', 0], positive: ['6', 0], negative: ['7', 0], latent_image: ['5', 0] },
    },
  },
  4: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'dreamlike_v8.safetensors' } },
  5: { class_type: 'EmptyLatentImage', inputs: { width: 512, height: 512, batch_size: 1 } },
  6: { class_type: 'CLIPTextEncode', inputs: { text: 'an old lighthouse at dawn', clip: ['4', 1] } },
  7: { class_type: 'CLIPTextEncode', inputs: { text: 'text, watermark', clip: ['4', 1] } },
  8: { class_type: 'VAEDecode', inputs: { samples: ['3', 0], vae: ['4', 2] } },
  9: { class_type: 'SaveImage', inputs: { images: ['8', 0], filename_prefix: 'ComfyUI' } },
}
export const graphFile = {
  name: 'lighthouse.json',
  mimeType: 'application/json',
  buffer: Buffer.from(JSON.stringify(defaultGraph)),
}

/** @returns the real jobs, by workflow */
export async function prepareSeeded(studio, ids) {
  const made = {}
  for (const [workflow, image] of [
    ['camera-move', 'coffee.png'],
    ['remove-background', 'astronaut.png'],
    ['clean-upscale-cutout', 'astronaut.png'],
    ['upscale-2x', 'chelsea.png'],
  ]) {
    made[workflow] = (await studio.run(workflow, { image })).id
  }
  await studio.settled()
  const { groups } = await studio.api('/api/admin/outputs?limit=1500')
  const known = groups.filter(({ folder, files }) => ids.slice(12).includes(folder) && files.length > 2)
  const pathOf = ({ subfolder, filename }) => `${subfolder}/${filename}`
  const trash = (files) => studio.api('/api/admin/assets/delete', { type: 'outputs', files, trash: true })
  await trash(known.slice(0, 2).map(({ folder }) => folder))
  await trash(known.slice(2, 8).flatMap(({ files }) => files.slice(0, 2).map(pathOf)))
  return { made }
}

/** One long run with a preview and two that wait. @returns the id of the running one */
export async function startRuns(studio) {
  await studio.api('/api/free', { unload_models: true, free_memory: true })
  const running = await studio.run('upscale-4x', { image: 'coffee.png' })
  await studio.run('remove-background', { image: 'rocket.jpg' })
  await studio.run('upscale-2x', { image: 'chelsea.png' })
  return { running: running.id }
}

/** Ends them and takes their jobs away: the next pictures begin as these did. */
export async function stopRuns(studio) {
  const started = (await studio.live()).map(({ id }) => id)
  await studio.api('/api/admin/jobs/cancel', { all: true })
  await studio.settled()
  await studio.api('/api/admin/assets/delete', { type: 'outputs', files: started })
}
