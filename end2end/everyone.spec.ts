import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { take } from './support/picture';
import { Server } from './support/server';
import { residentId } from './support/people';
import { PHONE, PICTURE_PHONE } from './support/tags';
import { awake, expect, test } from './support/test';
import { type Stop, tour } from './support/tour';
import { say } from './support/words';

/** Everything that the guidelines ask for at levels A and AA, and what axe takes for good practice besides. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SECTIONS = Object.keys(JSON.parse(readFileSync(join(__dirname, '../locales/en.json'), 'utf8')));

/** What the invented people of the demo are called and say: the one Chinese on an English page. */
const DEMO = new RegExp(`^(?:${demoWords().join('|')})+$`);

function demoWords(): string[] {
  const read = (path: string): string => readFileSync(join(__dirname, path), 'utf8').replace(/\/\/.*/g, '');
  const demo = readdirSync(join(__dirname, '../src/demo')).map((name) => read(`../src/demo/${name}`)).join('\n');
  const said = [...`${demo}${read('../src/alert/demo.rs')}${read('support/tour.ts')}`.matchAll(/["'`]([^"'`\n]*)["'`]/g)].map(([, words]) => words);
  const found = said.flatMap((words) => words.match(/\p{Script=Han}+/gu) ?? []);
  return [...new Set(found)].sort((one, other) => other.length - one.length);
}

/** What a page is like, found in the page itself. */
type Found = { tooSmall: string[]; tooWide: string[]; cut: string[]; overlapping: string[]; tinyText: string[]; tightLines: string[]; moving: string[]; texts: string[] };

function look([target, text]: [number, number]): Found {
  const name = (element: Element): string => `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''} “${(element.textContent ?? '').trim().slice(0, 30)}”`;
  const shown = (element: Element): boolean => {
    const { width, height } = element.getBoundingClientRect();
    return element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && width > 1 && height > 1 && !element.closest('.visually-hidden, [aria-hidden=true], svg');
  };
  // What is pressed: a label with its box, a row that a link lies over.
  const pressed = (control: Element): Element => {
    const over = getComputedStyle(control, '::after');
    if (over.position === 'absolute' && over.inset === '0px') return control.closest('tr') ?? control;
    return control.matches('[type=radio], [type=checkbox]') ? (control.closest('label') ?? control) : control;
  };
  // A link within a sentence is as tall as its line.
  const inSentence = (control: Element): boolean => getComputedStyle(control).display === 'inline' && (control.parentElement?.textContent ?? '').trim() !== (control.textContent ?? '').trim();
  const tooSmall: string[] = [];
  for (const control of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
    if (!shown(control) || inSentence(control)) continue;
    const { width, height } = pressed(control).getBoundingClientRect();
    if (width < target - 0.5 || height < target - 0.5) tooSmall.push(`${name(control)} ${Math.round(width)}×${Math.round(height)}`);
  }
  const root = document.documentElement;
  const tooWide = root.scrollWidth <= root.clientWidth ? [] : [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1 && shown(element)).map(name).slice(0, 8);
  const hides = (overflow: string): boolean => overflow === 'hidden' || overflow === 'clip';
  const isCut = (element: Element): boolean => {
    const { overflowX, overflowY } = getComputedStyle(element);
    return (hides(overflowY) && element.scrollHeight > element.clientHeight + 1) || (hides(overflowX) && element.scrollWidth > element.clientWidth + 1);
  };
  // What is typed scrolls within its field.
  const cut = [...document.querySelectorAll('body :not(input, select, textarea, svg, svg *)')].filter((element) => isCut(element) && shown(element)).map(name);
  // As far as what it stands in lets it be seen.
  const clipped = (box: DOMRect, parent: Element): DOMRect => {
    let { left, right, top, bottom } = box;
    for (let around: Element | null = parent; around && around !== document.body; around = around.parentElement) {
      const { overflowX, position } = getComputedStyle(around);
      if (overflowX !== 'visible') {
        const edge = around.getBoundingClientRect();
        [left, right, top, bottom] = [Math.max(left, edge.left), Math.min(right, edge.right), Math.max(top, edge.top), Math.min(bottom, edge.bottom)];
      }
      // What stays in sight is over something wherever it is.
      if (position === 'sticky' || position === 'fixed') return new DOMRect();
    }
    return new DOMRect(left, top, Math.max(right - left, 0), Math.max(bottom - top, 0));
  };
  const lines: { words: string; box: DOMRect }[] = [];
  const texts: string[] = [document.title];
  const tinyText: string[] = [];
  const tightLines: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const words = (walker.currentNode.textContent ?? '').trim();
    if (!parent || !words || parent.closest('script, style, textarea, option')) continue;
    texts.push(words);
    if (!shown(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    if (!parent.closest('svg')) lines.push(...[...range.getClientRects()].map((box) => ({ words, box: clipped(box, parent) })));
    const style = getComputedStyle(parent);
    const size = parseFloat(style.fontSize);
    if (size < text - 0.1) tinyText.push(`${name(parent)} ${size}px`);
    if (parseFloat(style.lineHeight) / size < 1.29 && parent.getClientRects().length > 0 && parent.textContent!.length > 1) tightLines.push(`${name(parent)} ${style.lineHeight}`);
  }
  for (const words of document.querySelectorAll<SVGTextElement>('svg text')) {
    const size = parseFloat(getComputedStyle(words).fontSize) * (words.getScreenCTM()?.a ?? 1);
    if (words.checkVisibility() && size < text - 0.1) tinyText.push(`in a chart “${words.textContent}” ${size.toFixed(1)}px`);
  }
  // Lines may touch, but none is written over another.
  const overlapping: string[] = [];
  lines.sort((one, other) => one.box.top - other.box.top);
  lines.forEach(({ words, box }, at) => {
    for (let next = at + 1; next < lines.length && lines[next].box.top < box.bottom; next++) {
      const other = lines[next].box;
      const wide = Math.min(box.right, other.right) - Math.max(box.left, other.left);
      const high = Math.min(box.bottom, other.bottom) - other.top;
      if (wide > 2 && high > 0.4 * Math.min(box.height, other.height)) overlapping.push(`“${words.slice(0, 30)}” and “${lines[next].words.slice(0, 30)}”`);
    }
  });
  for (const element of document.querySelectorAll('[aria-label], [title], [alt], [placeholder]')) {
    for (const attribute of ['aria-label', 'title', 'alt', 'placeholder']) texts.push(element.getAttribute(attribute) ?? '');
  }
  const moving = document.getAnimations().filter((animation) => animation.playState === 'running').map((animation) => (animation as CSSAnimation).animationName ?? 'transition');
  return { tooSmall, tooWide, cut, overlapping, tinyText, tightLines, moving, texts };
}

/** What a page says that nobody meant to say. */
function slips(texts: string[], language: string): string[] {
  const raw = new RegExp(`\\b(?:${SECTIONS.join('|')})\\.[a-z]+_?[a-z_]*\\b|\\{\\w*[|}]|\\b(?:undefined|NaN|null)\\b|\\b1 (?:people|days|rows|links|alerts|declarations|times|channels|hours|departments|questions)\\b`);
  // What leads to the other language, and a name that is masked, are as they are.
  const foreign = (text: string): boolean => language === 'en' && (text.replace(/中文|\p{Script=Han}\*\p{Script=Han}/gu, '').match(/\p{Script=Han}+/gu) ?? []).some((words) => !DEMO.test(words));
  return texts.filter((text) => raw.test(text) || foreign(text));
}

async function barriers(page: Page, rules?: string[]): Promise<string[]> {
  const builder = new AxeBuilder({ page });
  const { violations } = await (rules ? builder.withRules(rules) : builder.withTags(RULES)).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.html.slice(0, 160)}`));
}

/** One stop in one language and size, in light and dark. */
async function inspect({ page, name, open, bilingual }: Stop, language: string, large: boolean, touch: boolean): Promise<string[]> {
  await open();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.evaluate(() => document.querySelectorAll('details').forEach((fold) => (fold.open = true)));
  const found: string[] = [];
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', reducedMotion: 'reduce' });
  found.push(...(await barriers(page)));
  await page.emulateMedia({ colorScheme: 'dark' });
  found.push(...(await barriers(page, ['color-contrast'])).map((barrier) => `dark: ${barrier}`));
  await page.emulateMedia({ colorScheme: 'light' });
  const seen = await page.evaluate(look, [touch ? (large ? 60 : 44) : 24, large ? 18 : 12] as [number, number]);
  const lang = await page.locator('html').getAttribute('lang');
  if (lang !== language) found.push(`the document is said to be in ${lang}`);
  for (const [what, those] of Object.entries({ ...seen, texts: slips(seen.texts, bilingual ? 'zh-CN' : language) })) found.push(...those.map((one) => `${what}: ${one}`));
  return [...new Set(found)].map((one) => `${name}: ${one}`);
}

for (const [language, large] of [['zh-CN', false], ['zh-CN', true], ['en', false], ['en', true]] as const) {
  // On a desktop each language and each size is enough once.
  const tag = (language === 'en') === large ? PHONE : [];
  test(`no page is a barrier, in ${language}${large ? ', large' : ''}`, { tag }, async ({ visitor }, info) => {
    test.setTimeout(480_000);
    const demo = await Server.start('sqlite', 'demo');
    try {
      const stops = await tour(visitor, demo.url);
      const found: string[] = [];
      for (const stop of stops) {
        await stop.page.context().addCookies([{ name: 'lang', value: language, url: demo.url }, { name: 'size', value: large ? 'large' : 'normal', url: demo.url }]);
        found.push(...(await inspect(stop, language, large, info.project.use.isMobile === true)));
      }
      expect(found).toEqual([]);
    } finally {
      await demo.stop();
    }
  });
}

/** As long as the register has them. */
const LONG_NAME = '岭南晨光精密机械与自动化设备制造（虚构试验）股份有限公司第二分公司';

/** No page scrolls sideways or cuts a text off, whatever the size of its text and its window. */
async function reflows(stops: Stop[], prepare: (page: Page) => Promise<void>): Promise<string[]> {
  const found: string[] = [];
  for (const page of new Set(stops.map((stop) => stop.page))) await prepare(page);
  for (const { name, page, open } of stops) {
    await open();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await page.evaluate(() => document.querySelectorAll('details').forEach((fold) => (fold.open = true)));
    if (name === 'statistics') await page.getByRole('heading', { level: 1 }).evaluate((title, long) => (title.textContent = long), LONG_NAME);
    const { tooWide, cut, overlapping } = await page.evaluate(look, [0, 0] as [number, number]);
    found.push(...tooWide.map((one) => `${name}: ${one}`), ...cut.map((one) => `${name}: cut: ${one}`), ...overlapping.map((one) => `${name}: one over the other: ${one}`));
  }
  return found;
}

for (const language of ['zh-CN', 'en']) {
  test(`text of twice the size, and a window of 320 px, in ${language}`, { tag: PHONE }, async ({ visitor }) => {
    test.setTimeout(480_000);
    const demo = await Server.start('sqlite', 'demo');
    try {
      const stops = await tour(visitor, demo.url);
      for (const { page } of stops) await page.context().addCookies([{ name: 'lang', value: language, url: demo.url }]);
      const narrow = await reflows(stops, (page) => page.setViewportSize({ width: 320, height: 568 }));
      const doubled = await reflows(stops, async (page) => {
        await page.setViewportSize({ width: 390, height: 844 });
        // What a reader sets as the size of text in their browser.
        await (await page.context().newCDPSession(page)).send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
      });
      expect(await stops[0].page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe('32px');
      expect({ narrow, doubled }).toEqual({ narrow: [], doubled: [] });
    } finally {
      await demo.stop();
    }
  });
}

/** Every state that a page tells by its ground, which a reader's own colours take away: its kind, and where neither a sign nor words say the same, what it is. */
function states(): { kind: string; bare?: string }[] {
  const sign = (element: Element | null): boolean => element !== null && /[✓▲◆]/.test(getComputedStyle(element, '::before').content);
  const isSaid = (state: Element): boolean => (state.matches('.pass') ? state.querySelector('.pass-verdict strong') !== null : sign(state) || sign(state.querySelector('h2')));
  return [...document.querySelectorAll('[class]')].flatMap((state) => {
    const [kind] = /\b(?:(?:badge|note|outcome)-(?:good|warning|danger|error)|pass-(?:pass|ask|stop|void))\b/.exec(state.getAttribute('class') ?? '') ?? [];
    if (!kind) return [];
    return [isSaid(state) && state.textContent?.trim() ? { kind } : { kind, bare: state.outerHTML.slice(0, 160) }];
  });
}

/** Of each mark in a chart that leads somewhere: its chart and shape, and its colour. */
function chartMarks(): [string, string][] {
  // Where a path begins is where it stands.
  const shape = (mark: Element): string => {
    if (mark instanceof SVGPathElement) return (mark.getAttribute('d') ?? '').replace(/^M-?[\d.]+ -?[\d.]+/, '');
    const { width, height } = (mark as SVGGraphicsElement).getBBox();
    return `${Math.round(width)}×${Math.round(height)}`;
  };
  return [...document.querySelectorAll('svg[role=group] a > :is(path, rect, circle):not([fill=transparent])')].map((mark) => {
    const { fill, stroke } = getComputedStyle(mark);
    const chart = mark.closest('svg')!;
    const said = chart.getAttribute('class') ?? chart.getAttribute('aria-label');
    return [`${said}: ${mark.tagName} ${shape(mark)}${fill === 'none' ? ' hollow' : ''}`, `${fill} ${stroke}`];
  });
}

test('colours of the reader\'s own, and no motion', { tag: PHONE }, async ({ visitor }) => {
  test.setTimeout(360_000);
  const demo = await Server.start('sqlite', 'demo');
  try {
    const found: string[] = [];
    const kinds = new Set<string>();
    const marks = new Map<string, Set<string>>();
    for (const { page, name, open } of await tour(visitor, demo.url)) {
      await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
      await open();
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      found.push(...(await barriers(page, ['color-contrast'])).map((one) => `${name}: ${one}`));
      for (const { kind, bare } of await page.evaluate(states)) {
        kinds.add(kind);
        if (bare) found.push(`${name}: a state without word or shape: ${bare}`);
      }
      for (const [mark, colour] of await page.evaluate(chartMarks)) marks.set(mark, new Set([...(marks.get(mark) ?? []), colour]));
    }
    const met = ['badge-danger', 'badge-good', 'badge-warning', 'note-error', 'note-good', 'note-warning', 'outcome-error', 'outcome-warning', 'pass-ask', 'pass-pass', 'pass-stop', 'pass-void'];
    expect([...kinds], 'states are met').toEqual(expect.arrayContaining(met));
    expect(marks.size, 'charts are met').toBeGreaterThan(3);
    found.push(...[...marks].filter(([, colours]) => colours.size > 1).map(([mark, colours]) => `told apart by colour alone: ${mark} ${[...colours].join()}`));
    expect(found).toEqual([]);
  } finally {
    await demo.stop();
  }
});

/** Goes on by the key until a control has the focus, which must be in sight, with nothing over it. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let tries = 0; tries < 80; tries++) {
    await page.keyboard.press('Tab');
    const hidden = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!focused || focused === document.body) return '';
      const { left, right, top, bottom } = focused.getBoundingClientRect();
      const over = document.elementFromPoint((left + right) / 2, Math.min(Math.max((top + bottom) / 2, 0), innerHeight - 1));
      const clear = over !== null && (focused.contains(over) || over.contains(focused));
      const ring = getComputedStyle(focused);
      const ringed = ring.outlineStyle !== 'none' && parseFloat(ring.outlineWidth) >= 2;
      return clear && ringed ? '' : `${clear ? 'no ring' : `behind ${over?.outerHTML.slice(0, 80)}`}: ${focused.outerHTML.slice(0, 120)}`;
    });
    expect(hidden, 'what has the focus is seen').toBe('');
    if (await control.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`the key does not come to ${control}`);
}

test('an employee declares by the keyboard alone', async ({ visitor }) => {
  test.slow();
  const demo = await Server.start('sqlite', 'demo');
  try {
    const desk = await (await visitor({ baseURL: demo.url })).newPage();
    await desk.goto('/');
    await tabTo(desk, desk.getByRole('button', { name: say('account.demo_enter') }));
    await desk.keyboard.press('Enter');
    await expect(desk).toHaveURL(/\/e$/);
    await tabTo(desk, desk.getByRole('link', { name: say('statistics.invite') }).first());
    await desk.keyboard.press('Enter');
    const link = (await desk.locator('.invite-link').textContent()) ?? '';

    const page = await (await visitor({ baseURL: demo.url })).newPage();
    await page.goto(link);
    const go = page.getByRole('button', { name: say('app.go_sign_in') });
    await tabTo(page, go);
    await page.keyboard.press('Enter');
    // The summary has the focus; its first line leads to its field.
    await expect(page.locator('.error-summary')).toBeFocused();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect(page.locator('#notice')).toBeFocused();
    await page.keyboard.press('Space');
    await tabTo(page, page.locator('#health'));
    await page.keyboard.press('Space');
    for (const [field, words] of [['#name', '黄按键'], ['#number', residentId('19900101', 52)], ['#phone', '13900000052']]) {
      await tabTo(page, page.locator(field));
      await page.keyboard.type(words);
    }
    await tabTo(page, page.locator('#department'));
    await page.keyboard.press('ArrowDown');
    await tabTo(page, go);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/declare\//);

    const next = page.getByRole('button', { name: say('declaration.to_check') });
    await tabTo(page, next);
    await page.keyboard.press('Enter');
    await expect(page.locator('.error-summary')).toBeFocused();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect(page.locator('#residence')).toBeFocused();
    await page.keyboard.type('Guangzhou 1');
    const travelled = page.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio');
    await tabTo(page, travelled.first());
    await page.keyboard.press('ArrowDown');
    await expect(travelled.last()).toBeChecked();
    await tabTo(page, page.locator('input[data-exclusive]').first());
    await page.keyboard.press('Space');
    await tabTo(page, page.locator('#temperature'));
    await page.keyboard.type('36.5');
    await page.keyboard.press('Enter');
    await expect(page.getByText(say('declaration.check_note'))).toBeFocused();
    await tabTo(page, page.getByRole('button', { name: say('declaration.submit'), exact: true }));
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/done\//);
    await expect(page.getByRole('status').filter({ hasText: say('declaration.received') })).toBeVisible();
  } finally {
    await demo.stop();
  }
});

test('a representative opens an alert and says that they have called, by the keyboard alone', async ({ visitor }) => {
  test.slow();
  const demo = await Server.start('sqlite', 'demo');
  try {
    const page = await (await visitor({ baseURL: demo.url })).newPage();
    await page.goto('/');
    await tabTo(page, page.getByRole('button', { name: say('account.demo_enter') }));
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/e$/);
    await tabTo(page, page.getByRole('link', { name: say('enterprise.see') }).first());
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/e\/[0-9a-z]{12}$/);
    await tabTo(page, page.locator('a[href$="/alerts"]').first());
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/alerts$/);
    // The filter is chosen with the arrow keys.
    await tabTo(page, page.locator('summary', { hasText: say('alert.filter') }));
    await page.keyboard.press('Enter');
    const state = page.getByLabel(say('alert.state'), { exact: true });
    await tabTo(page, state);
    while ((await state.inputValue()) !== 'new') await page.keyboard.press('ArrowDown');
    await tabTo(page, page.getByRole('button', { name: say('alert.apply') }));
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/state=new/);
    await tabTo(page, page.locator('.page li > a.cell').first());
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/alerts\/[0-9a-f]{32}$/);
    await tabTo(page, page.getByLabel(say('alert.note'), { exact: true }));
    await page.keyboard.type('已电话联系，在宿舍休息');
    await tabTo(page, page.getByRole('button', { name: say('alert.to_contacted'), exact: true }));
    await page.keyboard.press('Space');
    await expect(page.getByRole('status').filter({ hasText: say('alert.done_set') })).toBeVisible();
    await expect(page.getByText('已电话联系，在宿舍休息')).toBeVisible();
    await expect(page.locator('.list-count')).toContainText(say('alert.contacted'));
  } finally {
    await demo.stop();
  }
});

const TREES = join(__dirname, 'trees');

/** What a screen reader finds on a page: roles, names, states. Without what is another each time: numbers, days, addresses. */
async function treeOf(page: Page): Promise<string> {
  const tree = await page.locator('main').ariaSnapshot();
  const lines = tree.split('\n').filter((line) => !/^ *- (?:\/url:|\/placeholder:|text: ""$)/.test(line));
  return `${lines.join('\n').replace(/[0-9a-z]{12}-\d+/g, '#').replace(/(?<!level=)\d+/g, '#').replace(/星期./g, '星期#')}\n`;
}

/** Of which stops, and in which languages. */
const TOLD = [
  ...['claim', 'declare', 'declare-problems', 'check', 'receipt', 'mine', 'statistics', 'people', 'person', 'alerts', 'guards'].map((name) => [name, 'zh-CN'] as const),
  ...['claim', 'alerts'].map((name) => [name, 'en'] as const),
];

/** Of a list of people the first two: who comes after them is not the same each time. */
function beginning(tree: string): string {
  let seen = 0;
  let dropped = Infinity;
  const isKept = (line: string): boolean => {
    const indent = line.search(/\S/);
    if (indent > dropped) return false;
    dropped = Infinity;
    // The row of headings is no person.
    if (/^ *- (?:listitem|row "(?!姓名 ))/.test(line) && ++seen > 2) dropped = indent;
    return dropped === Infinity;
  };
  return tree.split('\n').filter(isKept).join('\n');
}

test('what a screen reader is told', { tag: PHONE }, async ({ visitor }) => {
  test.slow();
  const demo = await Server.start('sqlite', 'demo');
  try {
    const stops = await tour(visitor, demo.url);
    for (const [name, language] of TOLD) {
      const stop = stops.find((stop) => stop.name === name);
      if (!stop) throw new Error(`the tour does not come to ${name}`);
      const { page, open } = stop;
      await page.context().addCookies([{ name: 'lang', value: language, url: demo.url }]);
      await open();
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      // Around each page stand the same few things.
      await expect.soft(page.getByRole('banner').getByRole('heading', { level: 1 })).toHaveCount(1);
      const other = language === 'en' ? '中文' : 'English';
      await expect.soft(page.getByRole('contentinfo').getByRole('link')).toHaveText([say('app.name', {}, language), say('app.large', {}, language), other]);
      const [file, tree] = [join(TREES, `${name}${language === 'en' ? '.en' : ''}.yml`), await treeOf(page)].map((one, at) => (at === 1 && ['alerts', 'people'].includes(name) ? beginning(one) : one));
      // SHENBAO_TREES=write keeps what is there now, for people to read before they believe it.
      if (process.env.SHENBAO_TREES === 'write') writeFileSync(file, tree);
      expect.soft(tree, file).toBe(readFileSync(file, 'utf8'));
    }
  } finally {
    await demo.stop();
  }
});

test('what changes is said: problems, what is busy, what came of it', async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const stops = await tour(visitor, demo.url);
    const stop = (name: string) => stops.find((stop) => stop.name === name)!;
    const problems = stop('declare-problems');
    await problems.open();
    const summary = problems.page.getByRole('alert');
    await expect(summary).toBeFocused();
    await expect(summary.getByRole('link').first()).toBeVisible();
    // Each field says what is wrong with it, where a screen reader reads the field.
    for (const field of await problems.page.locator('#declaration :is(input[type=text], textarea, select)[aria-invalid=true]').all()) {
      const described = (await field.getAttribute('aria-describedby'))?.split(' ') ?? [];
      expect(described.some((id) => id.endsWith('-error')), `${await field.getAttribute('id')}`).toBe(true);
    }
    const check = stop('check');
    await check.open();
    const answer = await hold(check.page, 'declare');
    await check.page.locator('#declaration button[value=submit]').click();
    await expect(check.page.getByRole('status').filter({ hasText: say('declaration.sending') })).toBeVisible();
    answer();
    await expect(check.page).toHaveURL(/\/done\//);
    await expect(check.page.getByRole('status').filter({ hasText: say('declaration.received') })).toBeVisible();
    // What a page still asks for is not asked of a server that is gone.
    for (const { page } of stops) await page.context().close();
  } finally {
    await demo.stop();
  }
});

/** What a page asks for is answered when the answer's function is called. */
async function hold(page: Page, api: string): Promise<() => void> {
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route(`**/api/${api}*`, async (route) => {
    await held;
    await route.continue();
  });
  return () => answer();
}

test('what takes long says so after 400 ms, and what was there stays', { tag: PICTURE_PHONE }, async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const page = await (await visitor({ baseURL: demo.url })).newPage();
    await page.goto('/');
    await page.getByRole('button', { name: say('account.demo_enter') }).click();
    await page.getByRole('link', { name: say('enterprise.see') }).first().click();
    await expect(page).toHaveURL(/\/e\/[0-9a-z]{12}$/);
    // What is fetched last, once the page has woken up.
    await awake(page);
    const busy = page.locator('[role=status] > .busy', { hasText: say('app.waiting') });
    // The same page with other content.
    const filtered = await hold(page, 'statistics');
    await page.locator('a.row-filter').first().click();
    await expect(busy).toBeVisible();
    await expect(page.locator('.total')).toBeVisible();
    await take(page, 'statistics-busy');
    filtered();
    await expect(page.locator('.chips')).toBeVisible();
    await expect(busy).toHaveCount(0);
    // Another page.
    const trend = await hold(page, 'trend');
    await page.getByRole('link', { name: say('trend.title'), exact: true }).click();
    await expect(busy).toBeVisible();
    await expect(page.locator('.total'), 'the page one leaves stays').toBeVisible();
    trend();
    await expect(page).toHaveURL(/\/trend/);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(say('trend.title'));
    await expect(busy).toHaveCount(0);
  } finally {
    await demo.stop();
  }
});

test('what waits moves, and does not for whoever wants no motion', async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const page = await (await visitor({ baseURL: demo.url })).newPage();
    await page.goto('/');
    await page.getByRole('button', { name: say('account.demo_enter') }).click();
    await page.getByRole('link', { name: say('enterprise.see') }).first().click();
    await expect(page).toHaveURL(/\/e\/[0-9a-z]{12}$/);
    const statistics = page.url();
    for (const [reducedMotion, moves] of [['no-preference', ['pass']], ['reduce', []]] as const) {
      await page.emulateMedia({ reducedMotion });
      await page.goto(statistics);
      await awake(page);
      const answer = await hold(page, 'statistics');
      await page.locator('a.row-filter').first().click();
      const busy = page.locator('[role=status] > .busy');
      await expect(busy).toBeVisible();
      expect((await page.evaluate(look, [0, 0] as [number, number])).moving, reducedMotion).toEqual(moves);
      // The cells that are to come stand still for everybody.
      await busy.evaluate((line) => line.insertAdjacentHTML('afterend', '<p class="waiting">…</p>'));
      await expect(page.locator('.waiting')).toBeVisible();
      await expect.poll(async () => (await page.evaluate(look, [0, 0] as [number, number])).moving, reducedMotion).toEqual(moves);
      answer();
      await expect(busy).toHaveCount(0);
    }
    // What a page still asks for is not asked of a server that is gone.
    await page.context().close();
  } finally {
    await demo.stop();
  }
});

test('the page of all components is not in the release', async ({ visitor }) => {
  const page = await (await visitor()).newPage();
  const response = await page.goto('/style');
  expect(response?.status()).toBe(404);
});
