// What each part of the pages needs, read from the loader that wasm-split-cli wrote: {part: [files without their ending]}.
// Usage: parts.mjs __wasm_split.js MANIFEST.json
import { readFileSync, writeFileSync } from 'node:fs';

const [loader, manifest] = process.argv.slice(2);
const script = readFileSync(loader, 'utf8');
const file = (load) => load.match(/new URL\("\.\/([^"]+)\.wasm"/)?.[1];
const shared = new Map([...script.matchAll(/const (__chunk_\d+) = makeLoad\(([\s\S]*?), \[\]\);/g)].map(([, name, load]) => [name, file(load)]));
const parts = [...script.matchAll(/export const __wasm_split_load_(\w+) = wrapAsyncCb\(makeLoad\(([\s\S]*?), \[([\w, ]*)\]\)\);/g)];
const needs = parts.map(([, part, load, others]) => [part, [...others.split(/,\s*/).filter(Boolean).map((name) => shared.get(name)), file(load)]]);
if (needs.length === 0 || needs.some(([, files]) => files.includes(undefined))) throw new Error(`what the parts need cannot be read from ${loader}`);
writeFileSync(manifest, JSON.stringify(Object.fromEntries(needs)));
