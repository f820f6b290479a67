/** @file Serves the models below the folder that is given, in a process of its own that a test can kill; prints where. */
import { startModels } from './start-models.ts'

const { url } = await startModels(process.argv[2]!, null)
console.log(url)
