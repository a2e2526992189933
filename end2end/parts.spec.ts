import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { Server } from './support/server';
import { awake, expect, invite, test } from './support/test';
import { residentId } from './support/people';
import { take } from './support/picture';
import { claim, declare } from './support/steps';
import { PHONE, PICTURE_PHONE } from './support/tags';
import { type Stop, tour } from './support/tour';
import { say } from './support/words';

/** The table of src/pages.rs: each path, with the part of the code that it belongs to. */
function table(): { part: string; path: string; leads: (address: string) => boolean }[] {
  const source = readFileSync(join(__dirname, '../src/pages.rs'), 'utf8');
  const [, parts] = source.match(/^pages! \{\n([\s\S]*?)^\}/m) ?? ['', ''];
  return [...parts.matchAll(/^ {4}(\w+) \{\n([\s\S]*?)^ {4}\}/gm)].flatMap(([, part, pages]) =>
    [...pages.matchAll(/"([^"]+)"/g)].map(([, path]) => {
      const pattern = new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`);
      return { part, path, leads: (address: string) => pattern.test(new URL(address).pathname) };
    }),
  );
}

/** The files of the build that a hard load of a page fetches, and those that its document names. */
async function filesOf(page: Page, path: string): Promise<{ fetched: string[]; named: string[] }> {
  const fetched = new Set<string>();
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/pkg/')) fetched.add(pathname);
  });
  const response = await page.goto(path);
  const html = (await response?.text()) ?? '';
  // What the document's root names (`data-sheet`) is for whoever goes on to another part.
  const named = new Set([...html.matchAll(/(?<! data-sheet=)"(\/pkg\/[^"]+)"/g)].flatMap(([, files]) => files.split(' ')));
  await expect.poll(() => [...named].filter((file) => !fetched.has(file)), path).toEqual([]);
  await page.waitForLoadState('networkidle');
  page.removeAllListeners('request');
  return { fetched: [...fetched].sort(), named: [...named].sort() };
}

/** Enters the demo, and gives what its representative shares. */
async function invitation(page: Page): Promise<string> {
  await page.goto('/');
  await page.getByRole('button', { name: say('account.demo_enter') }).click();
  await page.getByRole('link', { name: say('statistics.invite') }).first().click();
  return (await page.locator('.invite-link').textContent()) ?? '';
}

test('a page fetches the parts that its document names, and no others', async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const page = await (await visitor({ baseURL: demo.url })).newPage();
    await page.goto('/');
    await page.getByRole('button', { name: say('account.demo_enter') }).click();
    await expect(page).toHaveURL(/\/e$/);
    const enterprise = (await page.getByRole('link', { name: say('enterprise.see') }).first().getAttribute('href')) ?? '';
    for (const path of ['/e', enterprise, `${enterprise}/people`, `${enterprise}/invite`]) {
      const { fetched, named } = await filesOf(page, path);
      expect(fetched, path).toEqual(named);
      expect(fetched.some((file) => file.includes('split_viewer')), path).toBe(true);
    }
    const link = (await page.locator('.invite-link').textContent()) ?? '';
    const phone = await (await visitor({ baseURL: demo.url })).newPage();
    for (const path of [link, '/mine', '/account']) {
      const { fetched, named } = await filesOf(phone, path);
      expect(fetched, path).toEqual(named);
      expect(fetched.some((file) => /split_(viewer|declare)/.test(file)), path).toBe(false);
    }
    await claim(phone, link, undefined, { name: '黄分件', id: residentId('19900101', 41), phone: '13900000041' });
    const form = await filesOf(phone, phone.url());
    expect(form.fetched).toEqual(form.named);
    expect(form.fetched.some((file) => file.includes('split_desk'))).toBe(false);
    const desk = phone.waitForResponse('**/split_desk*');
    await phone.locator('#residence').fill('广州市天河区试验路 1 号');
    expect((await desk).ok()).toBe(true);
    await page.context().close();
    await phone.context().close();
  } finally {
    await demo.stop();
  }
});

test('each page of the table wakes up where it is loaded, with its own part of the code and no other', { tag: PHONE }, async ({ visitor }) => {
  test.slow();
  const demo = await Server.start('sqlite', 'demo');
  try {
    const pages = table();
    const seen = new Set<string>();
    const stops = (await tour(visitor, demo.url)).filter(({ plain }) => !plain);
    const isFirst = ({ page, path }: Stop, at: number): boolean => stops.findIndex((stop) => stop.page === page && stop.path === path) === at;
    for (const { name, page, path } of stops.filter(isFirst)) {
      const parts = new Set<string>();
      page.on('request', (request) => {
        const [, part] = /\/split_(\w+)\.[^/]+\.wasm$/.exec(request.url()) ?? [];
        if (part) parts.add(part);
      });
      const answer = await page.goto(path);
      // What only says an error is no page of the table, whatever its address.
      const found = answer?.ok() ? pages.find(({ leads }) => leads(page.url())) : undefined;
      const heading = page.getByRole('heading', { level: 1 });
      const before = await heading.textContent();
      if (found) {
        seen.add(found.path);
        await awake(page);
        expect.soft([...parts], name).toEqual([found.part]);
        await expect.soft(heading, `${name} awake`).toHaveText(before ?? '');
      }
      page.removeAllListeners('request');
    }
    expect(pages.map(({ path }) => path).filter((path) => !seen.has(path)), 'what the tour does not come to').toEqual([]);
    expect(seen.size, 'the table is read').toBeGreaterThan(0);
    for (const { page } of stops) await page.context().close();
  } finally {
    await demo.stop();
  }
});

test('a page whose part cannot be fetched stays as the server made it, and wakes up another time', async ({ browser, server }) => {
  // The browser itself complains of what fails here, so nobody watches; and a service worker would have the part already.
  const context = await browser.newContext({ baseURL: server.url, locale: 'zh-CN', serviceWorkers: 'block' });
  const page = await context.newPage();
  const asleep = page.locator('html:not([data-awake])');
  await page.goto('/');
  await awake(page);
  await page.route('**/split_viewer*', (route) => route.abort());
  const signIn = page.getByRole('link', { name: say('app.go_sign_in') });
  await signIn.click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(say('account.sign_in'));
  // What it says without JavaScript stands there.
  await expect(page.locator('noscript')).toHaveCount(0);
  await expect(asleep).toHaveCount(1);
  await page.unroute('**/split_viewer*');
  await page.reload();
  await page.mouse.move(99, 99);
  await expect(asleep).toHaveCount(0);
  await context.close();
});

test('a form whose desk cannot be fetched is posted by the browser itself', async ({ browser }) => {
  const demo = await Server.start('sqlite', 'demo');
  // The browser itself complains of what fails here, so nobody watches; and a service worker would have the part already.
  const context = await browser.newContext({ baseURL: demo.url, locale: 'zh-CN', serviceWorkers: 'block' });
  try {
    const page = await context.newPage();
    const link = await invitation(page);
    await page.route('**/split_desk*', (route) => route.abort());
    await claim(page, link, undefined, { name: '黄邮寄', id: residentId('19900101', 42), phone: '13900000042' });
    await page.waitForLoadState('networkidle');
    await page.locator('#residence').fill('广州市天河区试验路 1 号');
    await page.evaluate(() => Object.assign(window, { stillHere: true }));
    await page.getByRole('button', { name: say('declaration.to_check') }).click();
    await expect(page).toHaveTitle(new RegExp(say('declaration.error_prefix')));
    expect(await page.evaluate(() => 'stillHere' in window), 'the browser loaded a new document').toBe(false);
    await expect(page.locator('#residence')).toHaveValue('广州市天河区试验路 1 号');
    await page.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').first().check();
    await page.getByLabel('出发城市').selectOption('440500');
    await page.getByLabel('到达城市').selectOption('440100');
    await page.getByLabel('航空').check();
    await declare(page, { symptom: '没有出现症状', temperature: '36.5' });
    expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('shenbao-draft:')))).toEqual([]);
  } finally {
    await context.close();
    await demo.stop();
  }
});

test('a busy server is asked again by itself, and stores the form once', { tag: PICTURE_PHONE }, async ({ browser }) => {
  const own = await Server.start('postgres');
  // The browser itself complains of an answer that says 503, so nobody watches.
  const context = await browser.newContext({ baseURL: own.url, locale: 'zh-CN' });
  try {
    const page = await context.newPage();
    const link = invite(own, 9_000_000, '等候虚构工厂');
    await claim(page, link, undefined, { name: '黄等候', id: residentId('19900101', 44), phone: '13900000044' });
    await page.locator('#residence').fill('广州市天河区试验路 1 号');
    await page.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
    await page.getByLabel('没有出现症状').check();
    await page.locator('#temperature').fill('36.5');
    await page.getByRole('button', { name: say('declaration.to_check') }).click();
    await expect(page.getByText(say('declaration.truthful'))).toBeVisible();
    const asked: number[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('/api/declare')) asked.push(response.status());
    });
    // A row's lock is waited for during five seconds; a later try finds it free.
    await own.locked(12, async () => {
      await page.getByRole('button', { name: say('declaration.submit'), exact: true }).click();
      await expect(page.getByText(say('declaration.sending_again'))).toBeVisible({ timeout: 20_000 });
      await take(page, 'check-again');
    });
    await expect(page).toHaveURL(/\/done\/[0-9a-z]{12}-\d+$/, { timeout: 30_000 });
    expect(asked.slice(0, -1).every((status) => status === 503) && asked.length >= 2, asked.join()).toBe(true);
    await page.goto('/mine');
    await expect(page.getByRole('link', { name: /\d{4}-\d\d-\d\d/ })).toHaveCount(1);
  } finally {
    await context.close();
    await own.stop(/503 Service Unavailable/);
  }
});

test('a page of ours leads to the form, with its draft', async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const page = await (await visitor({ baseURL: demo.url })).newPage();
    const link = await invitation(page);
    await claim(page, link, undefined, { name: '黄再来', id: residentId('19900101', 43), phone: '13900000043' });
    await page.waitForLoadState('networkidle');
    await page.locator('#residence').fill('广州市天河区试验路 1 号');
    await expect(page.getByText(say('declaration.draft'))).toBeVisible();
    await page.goto('/mine');
    await page.waitForLoadState('networkidle');
    await page.evaluate(() => Object.assign(window, { stillHere: true }));
    await page.getByRole('link', { name: say('declaration.declare_now') }).click();
    await expect(page.locator('#residence')).toHaveValue('广州市天河区试验路 1 号');
    await page.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
    await declare(page, { symptom: '没有出现症状', temperature: '36.5' });
    expect(await page.evaluate(() => 'stillHere' in window), 'no document was loaded anew').toBe(true);
    await page.context().close();
  } finally {
    await demo.stop();
  }
});
