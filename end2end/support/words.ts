import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Section = Record<string, string>;
const locales = join(__dirname, '../../locales');
const read = (tag: string): Record<string, Section> => JSON.parse(readFileSync(join(locales, `${tag}.json`), 'utf8'));
const languages = { 'zh-CN': read('zh-CN'), en: read('en') };

/** The page's own words: `say('account.sign_in')`; `{blanks}` are filled from `values`. */
export function say(path: string, values: Record<string, string | number> = {}, language: keyof typeof languages = 'zh-CN'): string {
  const [section, key] = path.split('.');
  const text = languages[language][section]?.[key];
  if (text === undefined) throw new Error(`nobody says ${path}`);
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name, one, more) => (one === undefined ? String(values[name]) : String(values[name]) === '1' ? one : more));
}
