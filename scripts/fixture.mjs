/**
 * @file `npm run fixture -- FOLDER [jobs] [files]`: fills a STUDIO_DIR with a gallery to look at, test and measure: 600 jobs,
 * 10,000 files, the same on every machine (seeded, fixed clock). Real pictures and videos of many shapes, hard-linked, so
 * that it takes seconds; finished, failed, cancelled, interrupted and running jobs, stars and rejects, long names and emoji,
 * files that are damaged, files as old as their jobs (to the week).
 */
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import sharp from 'sharp'

const samples = join(dirname(dirname(fileURLToPath(import.meta.url))), 'studio-data/defaults/input')
/** Noon of a Friday, UTC: the newest job of the fixture ended a minute before. */
export const fixtureNow = Date.UTC(2026, 10, 20, 12) / 1000
const days = 42

/** Jobs that tests and screenshots look for, newest first: index 0 is the newest job. */
export const special = { running: 0, interrupted: 2, failed: 3, longNames: 4, damaged: 7, cancelled: 9 }
export const longNames = [
  'Sonnenaufgang über dem See – Fassung №17 🌅 v2.png',
  '猫と犬の午後の散歩スケッチ仕上げ版その二十三🐈🐕.png',
]

/**
 * @param {{ directory: string, jobs?: number, files?: number, seed?: number, now?: number }} options - `now` in Unix seconds
 * @returns what was made: ids of the jobs, newest first, and the number of media files
 */
export async function makeFixture({ directory, jobs = 600, files = 10_000, seed = 7, now = fixtureNow }) {
  const output = join(directory, 'assets', 'output')
  const store = join(output, '.fixture')
  mkdirSync(store, { recursive: true })
  const random = createRandom(seed)
  // A studio that has assets is not given the samples any more.
  const input = join(directory, 'assets', 'input')
  mkdirSync(input, { recursive: true })
  for (const name of photographs) copyFileSync(join(samples, name), join(input, name))
  const media = await makeMedia(store)
  const damaged = makeDamaged(store, media, now - 3600)
  const ofWeek = createWeeks(store, media)
  const counts = fileCounts(jobs, files, random)
  const ids = []
  let made = 0
  for (let n = 0; n < jobs; n++) {
    const ended = Math.round(now - 60 - (days * 86_400 * n) / jobs - random() * 600)
    const id = jobId(ended, n)
    ids.push(id)
    const week = ofWeek(Math.floor((now - ended) / (7 * 86_400)), now)
    const extra = n === special.damaged ? damaged : []
    made += writeJob({ output, id, n, ended, count: counts[n], ...week, extra, random })
  }
  // The links keep the content; without the folder nothing but jobs is there.
  rmSync(store, { recursive: true })
  return { ids, files: made }
}

/** Mulberry32. */
function createRandom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const pick = (list, random) => list[Math.floor(random() * list.length)]

/** Files of each job, together exactly `files`: few in most jobs, many in some. */
function fileCounts(jobs, files, random) {
  const weights = Array.from({ length: jobs }, () => 0.3 + random() ** 2 * 2)
  const sum = weights.reduce((a, b) => a + b, 0)
  const counts = weights.map((weight) => Math.max(1, Math.floor((weight / sum) * files)))
  let left = files - counts.reduce((a, b) => a + b, 0)
  for (let n = 0; left > 0; n = (n + 1) % jobs) {
    counts[n]++
    left--
  }
  for (let n = 0; left < 0; n = (n + 1) % jobs) {
    if (counts[n] <= 1) continue
    counts[n]--
    left++
  }
  return counts
}

const shapes = [
  [768, 512],
  [512, 768],
  [640, 640],
  [800, 450],
  [450, 800],
  [960, 240],
]
const photographs = ['astronaut.png', 'chelsea.png', 'coffee.png', 'rocket.jpg']

async function makeMedia(store) {
  const pictures = []
  const add = async (image, name, width, height) => {
    const path = join(store, name)
    await image.toFile(path)
    pictures.push({ path, extension: extname(name), width, height, ...contentOf(path) })
  }
  const known = photographs.filter((name) => existsSync(join(samples, name)))
  for (const [s, [width, height]] of shapes.entries()) {
    for (const [p, name] of known.entries()) {
      for (const hue of [0, 70, 200]) {
        const image = sharp(join(samples, name))
          .resize(width, height, { fit: 'cover', position: 'attention' })
          .modulate({ hue, saturation: hue === 0 ? 1 : 0.8 })
        const file = `${s}-${p}-${hue}`
        if (hue === 70) await add(image.webp({ quality: 85 }), `${file}.webp`, width, height)
        else await add(image.jpeg({ quality: 85 }), `${file}.jpg`, width, height)
      }
    }
  }
  for (const background of ['white', 'black']) {
    const image = sharp({ create: { width: 640, height: 480, channels: 3, background } })
    await add(image.png(), `${background}.png`, 640, 480)
  }
  const clip = (name, photograph, width, height, seconds, rate) => {
    const path = join(store, name)
    const wide = Math.max(Math.round((width * 1.4) / 2) * 2, 2)
    const pan = `scale=${wide}:-2,crop=${width}:min(ih\\,${height}):x='(iw-ow)*t/${seconds}':y=0,setsar=1`
    execFileSync(findFfmpeg(), [
      ...['-v', 'error', '-y', '-loop', '1', '-framerate', String(rate), '-i', join(samples, photograph)],
      ...['-t', String(seconds)],
      ...[
        '-vf',
        `${pan},scale=${width}:${height}`,
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-pix_fmt',
        'yuv420p',
        path,
      ],
    ])
    return { path, extension: '.mp4', width, height, ...contentOf(path), duration: seconds }
  }
  const videos = [
    clip('short.mp4', 'coffee.png', 480, 270, 5, 12),
    clip('tall.mp4', 'astronaut.png', 270, 480, 5, 12),
    clip('long.mp4', 'chelsea.png', 320, 180, 180, 1),
  ]
  return { pictures, videos }
}

const crcTable = Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
  return c >>> 0
})

/** Size in bytes and CRC-32 (as in zip) of a file. */
function contentOf(path) {
  const bytes = readFileSync(path)
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 255]
  return { size: bytes.length, crc32: (crc ^ 0xffffffff) >>> 0 }
}

/** A picture cut off in the middle, an empty one, and text that calls itself a film. */
function makeDamaged(store, { pictures }, aged) {
  const whole = readFileSync(pictures[0].path)
  return [
    ['cut off.jpg', whole.subarray(0, whole.length / 2)],
    ['empty.png', ''],
    ['no film.mp4', 'This is no film.'],
  ].map(([name, content]) => {
    const path = join(store, name)
    writeFileSync(path, content)
    utimesSync(path, aged, aged)
    return { path, name, extension: extname(name), width: null, height: null, ...contentOf(path) }
  })
}

/** All links to a file share its age, so that every week has copies of its own. */
function createWeeks(store, media) {
  const weeks = new Map()
  return (week, now) => {
    if (!weeks.has(week)) {
      const folder = join(store, String(week))
      mkdirSync(folder)
      const aged = now - week * 7 * 86_400 - 3600
      const copy = (source) => {
        const path = join(folder, basename(source.path))
        copyFileSync(source.path, path)
        utimesSync(path, aged, aged)
        return { ...source, path }
      }
      weeks.set(week, { pictures: media.pictures.map(copy), videos: media.videos.map(copy) })
    }
    return weeks.get(week)
  }
}

const workflows = [
  { id: 'upscale-4x', name: 'Enlarge 4×', model: '4x_photo_v2.safetensors' },
  { id: 'portrait-to-video', name: 'Portrait → video', model: 'wan2.2_i2v_high.safetensors', video: true },
  { id: 'street-test', name: 'Street test', model: 'dreamlike_v8.safetensors' },
  { id: 'remove-background', name: 'Remove the background', model: 'isnet-general.onnx' },
  { id: 'product-shots', name: 'Product shots, studio light', model: 'flux1-dev-fp8.safetensors' },
]
const subjects = ['a red car', 'an old lighthouse', 'a fox in snow', 'two dancers', 'a glass teapot', 'a mountain lake']
const moods = ['at dawn', 'in heavy rain', 'in soft studio light', 'as a linocut', 'seen from above', 'in neon light']

function writeJob({ output, id, n, ended, count, pictures, videos, extra, random }) {
  const workflow = pick(workflows, random)
  const status =
    { [special.running]: 'running', [special.interrupted]: 'interrupted', [special.failed]: 'failed' }[n] ??
    (n === special.cancelled ? 'cancelled' : random() < 0.03 ? 'failed' : 'completed')
  const shape = pick(shapes, random)
  const ofShape = pictures.filter(({ width, height }) => (width === shape[0] && height === shape[1]) || random() < 0.04)
  const finals = status === 'failed' ? 0 : Math.max(1, Math.min(9, Math.round(count * 0.25)))
  const previews = Math.min(count - finals, Math.round(count * 0.25))
  const outputs = []
  const marks = {}
  const link = (source, kind, number) => {
    const given = source.name ?? (n === special.longNames && kind === 'final' ? longNames[number - 1] : undefined)
    const filename = given ?? `${kind}_${String(number).padStart(5, '0')}${source.extension}`
    const subfolder = `${id}/${kind}`
    mkdirSync(join(output, subfolder), { recursive: true })
    linkSync(source.path, join(output, subfolder, filename))
    const media = source.extension === '.mp4' ? 'video' : 'image'
    const { width, height, size, crc32, duration = null } = source
    const { mtimeMs } = statSync(source.path)
    outputs.push({
      ...{ filename, subfolder, kind, media, node_id: '9', size, crc32, width, height, duration },
      modified_ns: `${Math.round(mtimeMs * 1e6)}`,
    })
    if (kind === 'final' && random() < 0.08) marks[`${kind}/${filename}`] = 'star'
    else if (kind === 'final' && random() < 0.05) marks[`${kind}/${filename}`] = 'reject'
  }
  for (let f = 1; f <= finals; f++) {
    const isVideo = workflow.video && f === 1 && n !== special.longNames
    link(isVideo ? pick(videos, random) : pick(ofShape.length > 0 ? ofShape : pictures, random), 'final', f)
  }
  if (n === special.longNames + 1 && finals > 0) link(pictures.at(-1), 'final', finals + 1)
  if (n === special.longNames + 2 && finals > 0) link(pictures.at(-2), 'final', finals + 1)
  for (const source of extra) link(source, 'final', 0)
  const rest = count - outputs.length
  for (let f = 1; f <= rest; f++) {
    if (f <= previews) link(pick(pictures, random), 'preview', f)
    else link(random() < 0.1 ? videos[0] : pick(pictures, random), 'intermediate', f - previews)
  }
  const text = `${pick(subjects, random)} ${pick(moods, random)}`
  const seed = Math.floor(random() * 2 ** 32)
  const took = 5 + Math.floor(random() * 200)
  const record = {
    ...{ version: 1, id, prompt_id: id, status, number: -n, client_id: null, retry_of: null },
    workflow: { id: workflow.id, name: workflow.name },
    ...{ inputs: { text, steps: 20 }, seeds: { seed } },
    ...{ created_at: ended - took - 3, started_at: ended - took, finished_at: status === 'running' ? null : ended },
    ...{ outputs, outputs_to_execute: ['9'], extra_data: {}, history: null },
    error:
      status === 'failed'
        ? { type: 'OutOfMemoryError', message: 'Out of GPU memory', node_id: '7', node_type: 'VAEDecode' }
        : null,
    prompt: {
      4: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: workflow.model } },
      6: { class_type: 'CLIPTextEncode', inputs: { text, clip: ['4', 1] } },
      7: { class_type: 'KSampler', inputs: { seed, steps: 20, model: ['4', 0] } },
    },
  }
  mkdirSync(join(output, id), { recursive: true })
  writeFileSync(join(output, id, 'job.json'), JSON.stringify(record))
  if (Object.keys(marks).length > 0) writeFileSync(join(output, id, '.marks.json'), JSON.stringify(marks))
  if (status === 'running' || status === 'interrupted') writeFileSync(join(output, id, '.incomplete'), '')
  if (status === 'interrupted') rmSync(join(output, id, '.incomplete'))
  utimesSync(join(output, id), ended, ended)
  return outputs.length
}

/** `YYYYMMDD_HHMMSS_<6 hex>` of when the job was made. */
function jobId(seconds, n) {
  const time = new Date(seconds * 1000).toISOString()
  return `${time.slice(0, 10).replaceAll('-', '')}_${time.slice(11, 19).replaceAll(':', '')}_${n.toString(16).padStart(6, '0')}`
}

function findFfmpeg() {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' })
    return 'ffmpeg'
  } catch {
    return createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg').path
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder, jobs, files] = process.argv.slice(2)
  if (!folder) {
    console.error('npm run fixture -- FOLDER [jobs] [files]')
    process.exit(1)
  }
  const made = await makeFixture({
    directory: resolve(folder),
    ...(jobs ? { jobs: Number(jobs) } : {}),
    ...(files ? { files: Number(files) } : {}),
  })
  console.log(`${made.ids.length} jobs, ${made.files} files in ${resolve(folder)}`)
}
