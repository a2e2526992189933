// Takes out of a WASM and its bindings the classes that a library offers to every page's script, and that none of ours asks for:
// what is offered stays in the WASM with all that it needs.
// Usage: unused.mjs NAME.wasm NAME.js CLASS…
import { readFileSync, writeFileSync } from 'node:fs';

import { changed, number, sized, text, written } from './wasm.mjs';

const EXPORTS = 7;
const [wasmFile, scriptFile, ...classes] = process.argv.slice(2);
const unused = new RegExp(`^(__wbg_)?(${classes.join('|').toLowerCase()})_`);

function offered(section) {
  let [count, at] = number(section, 0);
  const kept = [];
  while (count-- > 0) {
    const [name, afterName] = text(section, at);
    at = number(section, afterName + 1)[1];
    if (!unused.test(name)) kept.push(sized(Buffer.from(name)), section.subarray(afterName, at));
  }
  return Buffer.concat([written(kept.length / 2), ...kept]);
}

let script = readFileSync(scriptFile, 'utf8');
for (const name of classes) {
  script = script
    .replace(new RegExp(`^export class ${name} {\n[\\s\\S]*?^}\n`, 'm'), '')
    .replace(new RegExp(`^if \\(Symbol\\.dispose\\) ${name}\\..*\n`, 'm'), '')
    .replace(new RegExp(`^const ${name}Finalization = [\\s\\S]*?;\n`, 'm'), '');
  if (script.includes(name)) throw new Error(`${scriptFile} asks for ${name} elsewhere`);
}
writeFileSync(wasmFile, changed(readFileSync(wasmFile), EXPORTS, offered));
writeFileSync(scriptFile, script);
