// Gives short names to what a WASM takes from its bindings: each of their names ends in sixteen random digits, which no compression
// makes smaller, once in the WASM and once in the script.
// Usage: names.mjs NAME.wasm NAME.js
import { readFileSync, writeFileSync } from 'node:fs';

import { changed, number, sized, text, written } from './wasm.mjs';

const IMPORTS = 2;
const [wasmFile, scriptFile] = process.argv.slice(2);
const wasm = readFileSync(wasmFile);
const script = readFileSync(scriptFile, 'utf8');

// Where the description of an import ends, by its kind: function, table, memory, global, tag.
function described(bytes, at) {
  const kind = bytes[at++];
  const limits = (at) => (bytes[at] & 1 ? number(bytes, number(bytes, at + 1)[1])[1] : number(bytes, at + 1)[1]);
  if (kind === 0) return number(bytes, at)[1];
  if (kind === 1) return limits(at + 1);
  if (kind === 2) return limits(at);
  if (kind === 3) return at + 2;
  if (kind === 4) return number(bytes, at + 1)[1];
  throw new Error(`an import of kind ${kind}`);
}

// a, b, …, z, A, …, Z, aa, …
function short(place) {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  return (place < letters.length ? '' : short(Math.floor(place / letters.length) - 1)) + letters[place % letters.length];
}

const names = new Map();

function renamed(section) {
  let [count, at] = number(section, 0);
  const parts = [written(count)];
  while (count-- > 0) {
    const [module, afterModule] = text(section, at);
    const [name, afterName] = text(section, afterModule);
    at = described(section, afterName);
    const ours = /_[0-9a-f]{16}$/.test(name);
    if (ours && !names.has(name)) names.set(name, short(names.size));
    parts.push(sized(Buffer.from(module)), sized(Buffer.from(ours ? names.get(name) : name)), section.subarray(afterName, at));
  }
  return Buffer.concat(parts);
}

const shortened = changed(wasm, IMPORTS, renamed);

// In the script each name is a key of the object that is handed over, and stands nowhere else.
const found = new Set();
const answering = script.replace(/\b__wb[A-Za-z0-9_$]*_[0-9a-f]{16}(?=:)/g, (name) => {
  if (!names.has(name)) return name;
  found.add(name);
  return names.get(name);
});
const lost = [...names.keys()].filter((name) => !found.has(name));
if (names.size === 0 || lost.length > 0) throw new Error(`${scriptFile} does not give what ${wasmFile} takes: ${lost.join(' ')}`);
writeFileSync(wasmFile, shortened);
writeFileSync(scriptFile, answering);
