// The end of `make trust`: .ci/trust.mjs FOLDER FILE. Adds up what the tests counted in FOLDER, prints it, and writes it to FILE.
// Fails if an attack succeeded, or if nothing was tried of a family.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, file] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const counts = new Map(read('families').map((name) => [name, { name, tried: 0, succeeded: 0 }]));
for (const name of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const said = read(name);
  const count = counts.get(said.name);
  count.tried += said.tried;
  count.succeeded += said.succeeded;
}
const all = [...counts.values()];
writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
const line = (name, tried, succeeded) => console.log(`  ${name.padEnd(40)} ${String(tried).padStart(8)} ${String(succeeded).padStart(10)}`);
line('attack', 'tried', 'succeeded');
for (const { name, tried, succeeded } of all) line(name, tried, succeeded);
const wrong = all.filter(({ tried, succeeded }) => tried === 0 || succeeded > 0);
for (const { name, tried } of wrong) console.error(`${name}: ${tried === 0 ? 'nothing was tried' : 'an attack succeeded'}`);
process.exit(wrong.length > 0 ? 1 : 0);
