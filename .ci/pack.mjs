// Lays out the folder that the server serves: hashed names, compressed copies, and hash.txt beside the program, from which
// Leptos reads the names.
// Usage: pack.mjs MADE INPUTS BESIDE WORK SITE PACKAGE ASSETS, and pack.mjs --check MADE INPUTS BESIDE (exit code 1: pack again).
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const COMPRESSED = new Set(['.css', '.html', '.js', '.json', '.svg', '.txt', '.wasm', '.webmanifest']);

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
  const files = [];
  let hashes = '';
  for (const source of readdirSync(work).sort()) {
    const content = readFileSync(join(work, source));
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
    const kind = extname(source);
    const file = join(folder, `${basename(source, kind)}.${hash}${kind}`);
    writeFileSync(file, content);
    files.push(file, ...compress(file));
    hashes += `${kind.slice(1)}: ${hash}\n`;
  }
  if (existsSync(assets)) {
    cpSync(assets, site, { recursive: true });
    for (const asset of readdirSync(assets, { recursive: true })) {
      const file = join(site, asset);
      if (statSync(file).isFile()) files.push(file, ...compress(file));
    }
  }
  writeFileSync(join(beside, 'hash.txt'), hashes);
  writeFileSync(made, JSON.stringify({ inputs, hashes, files }));
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
