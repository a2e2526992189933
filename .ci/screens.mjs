// Lays pictures named PAGE-KIND-sqlite-LOOK.png side by side on one sheet: screens.mjs FOLDER writes FOLDER/index.html.
// FOLDER/addresses.txt says which addresses they are of. Fails where a page of src/pages.rs has no picture.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const columns = ['phone', 'desktop'].flatMap((kind) => ['light', 'dark', 'large', 'dark-large'].map((look) => `${kind}-sqlite-${look}`));
const files = new Set(readdirSync(folder).filter((name) => name.endsWith('.png')));
const pages = [...new Set([...files].flatMap((file) => file.match(/^(.+?)-(?:phone|desktop)-sqlite-[a-z-]+\.png$/)?.[1] ?? []))].sort();
const without = pathsWithoutPicture();

/** The paths of the table of pages that no picture's address fits. */
function pathsWithoutPicture() {
  const [table] = readFileSync(new URL('../src/pages.rs', import.meta.url), 'utf8').match(/^pages! \{$[^]*?^\}$/m) ?? [''];
  const paths = [...table.matchAll(/"(\/[^"]*)"/g)].map(([, path]) => path);
  if (paths.length === 0) throw new Error('no table of pages in src/pages.rs');
  const list = join(folder, 'addresses.txt');
  const addresses = existsSync(list) ? readFileSync(list, 'utf8').split('\n').map((line) => line.split(' ')[1]) : [];
  const fits = (path) => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`);
  return paths.filter((path) => !addresses.some((address) => fits(path).test(address)));
}

function cell(page, column) {
  const file = `${page}-${column}.png`;
  return files.has(file) ? `<td><a href="${file}"><img class="${column.split('-')[0]}" loading="lazy" src="${file}" alt="${file}"></a></td>` : '<td></td>';
}

const rows = pages.map((page) => `<tr id="${page}"><th>${page}</th>${columns.map((column) => cell(page, column)).join('')}</tr>`);
const missing = without.map((path) => `<p class="missing">No picture of <code>${path}</code></p>`);
writeFileSync(join(folder, 'index.html'), `<!doctype html>
<meta charset="utf-8">
<title>Shenbao: every page</title>
<style>
  body { font: 14px sans-serif; background: #999; }
  th, td { padding: 6px; vertical-align: top; }
  tbody th, thead th { position: sticky; left: 0; top: 0; background: #fff; }
  img { display: block; max-height: 900px; object-fit: cover; object-position: top; }
  .phone { width: 260px; }
  .desktop { width: 520px; }
  .missing { padding: 6px; background: #c00; color: #fff; }
</style>
${missing.join('\n')}
<table>
<thead><tr><th></th>${columns.map((column) => `<th>${column.replace('-sqlite', '')}</th>`).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table>
`);
console.log(`${pages.length} pages, ${files.size} pictures: ${join(folder, 'index.html')}`);
for (const path of without) console.error(`no picture of ${path}`);
process.exitCode = without.length === 0 ? 0 : 1;
