// Lays pictures named PAGE-KIND-sqlite-LOOK.png side by side on one sheet: screens.mjs FOLDER writes FOLDER/index.html.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const columns = ['phone', 'desktop'].flatMap((kind) => ['light', 'dark', 'large'].map((look) => `${kind}-sqlite-${look}`));
const files = new Set(readdirSync(folder).filter((name) => name.endsWith('.png')));
const pages = [...new Set([...files].flatMap((file) => file.match(/^(.+)-(?:phone|desktop)-sqlite-\w+\.png$/)?.[1] ?? []))].sort();
const cell = (page, column) => {
  const file = `${page}-${column}.png`;
  return files.has(file) ? `<td><a href="${file}"><img class="${column.split('-')[0]}" loading="lazy" src="${file}" alt="${file}"></a></td>` : '<td>missing</td>';
};
const rows = pages.map((page) => `<tr id="${page}"><th>${page}</th>${columns.map((column) => cell(page, column)).join('')}</tr>`);
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
</style>
<table>
<thead><tr><th></th>${columns.map((column) => `<th>${column.replace('-sqlite', '')}</th>`).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table>
`);
console.log(`${pages.length} pages, ${files.size} pictures: ${join(folder, 'index.html')}`);
