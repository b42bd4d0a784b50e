// What workerd calls of a Worker that hashes passwords: as the other, and its Durable Object.
export { Hashing } from 'bindgen/index.js'
export { default } from './shim.mjs'
