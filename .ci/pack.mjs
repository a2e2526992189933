// Lays out the folder that the server serves: hashed names, compressed copies, the list of what each part of the pages needs, and
// hash.txt beside the program, from which Leptos reads the names.
// Usage: pack.mjs MADE INPUTS BESIDE WORK SITE PACKAGE ASSETS, and pack.mjs --check MADE INPUTS BESIDE (exit code 1: pack again).
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const COMPRESSED = new Set(['.css', '.html', '.js', '.json', '.svg', '.txt', '.wasm', '.webmanifest']);
const MANIFEST = '__wasm_split_manifest.json';

function check(made, inputs, beside) {
  if (!existsSync(made)) return false;
  const last = JSON.parse(readFileSync(made, 'utf8'));
  const hashes = join(beside, 'hash.txt');
  return last.inputs === inputs && last.files.every((file) => existsSync(file)) && existsSync(hashes) && readFileSync(hashes, 'utf8') === last.hashes;
}

function pack(made, inputs, beside, work, site, packageName, assets) {
  const folder = join(site, packageName);
  mkdirSync(folder, { recursive: true });
  for (const old of readdirSync(folder)) if (/\.[0-9a-f]{16}\./.test(old)) rmSync(join(folder, old));
  const sources = new Map(readdirSync(work).sort().map((name) => [name, readFileSync(join(work, name))]));
  // Scripts and parts name each other, so they share one hash; each style sheet has its own.
  const code = [...sources.keys()].filter((name) => ['.js', '.wasm'].includes(extname(name)));
  const hash = hashOf(code.map((name) => sources.get(name)));
  const hashes = [];
  const files = [];
  const write = (name, content, hash) => {
    const file = join(folder, hashed(name, hash));
    writeFileSync(file, content);
    files.push(file, ...compress(file));
  };
  for (const [name, content] of sources) {
    const kind = extname(name);
    if (kind === '.css') {
      write(name, content, hashOf([content]));
      hashes.push([name === 'viewer.css' ? 'viewer' : 'css', hashOf([content])]);
    } else {
      write(name, kind === '.js' ? linked(content.toString(), code, hash) : name === MANIFEST ? named(content.toString(), hash) : content, hash);
    }
  }
  hashes.push(['js', hash], ['wasm', hash]);
  if (sources.has(MANIFEST)) hashes.push(['split', hash], ['manifest', hash]);
  if (existsSync(assets)) {
    cpSync(assets, site, { recursive: true });
    for (const asset of readdirSync(assets, { recursive: true })) {
      const file = join(site, asset);
      if (statSync(file).isFile()) files.push(file, ...compress(file));
    }
  }
  const text = hashes.map(([kind, hash]) => `${kind}: ${hash}\n`).join('');
  writeFileSync(join(beside, 'hash.txt'), text);
  writeFileSync(made, JSON.stringify({ inputs, hashes: text, files }));
}

function hashOf(contents) {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return hash.digest('hex').slice(0, 16);
}

function hashed(name, hash) {
  const kind = extname(name);
  return `${basename(name, kind)}.${hash}${kind}`;
}

// A script with the hashed names of the files that it loads. The keys by which a WASM names its imports stay as they are.
function linked(script, names, hash) {
  return names.reduce((script, name) => {
    const address = `"./${hashed(name, hash)}"`;
    return script.replaceAll(`from"./${name}"`, `from${address}`).replaceAll(`URL("./${name}"`, `URL(${address}`);
  }, script);
}

// The files that a part needs, under their hashed names.
function named(manifest, hash) {
  const parts = Object.entries(JSON.parse(manifest)).map(([part, files]) => [part, files.map((file) => `${file}.${hash}`)]);
  return JSON.stringify(Object.fromEntries(parts));
}

function compress(file) {
  if (!COMPRESSED.has(extname(file))) return [];
  const content = readFileSync(file);
  const parameters = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  const brotli = brotliCompressSync(content, { params: parameters });
  writeFileSync(`${file}.br`, brotli);
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  console.log(`  ${file}: ${content.length} bytes, ${brotli.length} compressed`);
  return [`${file}.br`, `${file}.gz`];
}

const [first, ...rest] = process.argv.slice(2);
if (first === '--check') process.exit(check(...rest) ? 0 : 1);
pack(first, ...rest);
