import type { BrowserContext, Page } from '@playwright/test';
import type { Server } from './support/server';
import { declare, enrol } from './support/steps';
import { PHONE, SCRIPT } from './support/tags';
import { expect, invite, test } from './support/test';
import { fillClaim } from './support/tour';
import { say } from './support/words';

// A page can be touched before its code is there. What is done until then is kept, and done once.

const tag = [PHONE, SCRIPT];
const WELL = { symptom: '没有出现症状', temperature: '36.5' };

let invited = 0;

function invitation(server: Server, worker: number): string {
  const number = 8_700_000 + worker * 1000 + ++invited;
  return new URL(invite(server, number, '未醒试验企业')).pathname;
}

const ALL = /\/pkg\/.+\.(js|wasm)$/;
/** The part that is a page's own; what all pages have takes the page over before it is here. */
const OWN_PART = /\/pkg\/split_.+\.wasm$/;

/** Holds back the code of all pages that are opened from now on. Gives what lets it go. */
async function hold(context: BrowserContext, files = ALL): Promise<() => void> {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await context.route(files, async (route) => {
    await held;
    await route.continue();
  });
  return release;
}

/** A browser whose files come by the line alone: a service worker would have them. */
async function withoutWorker(visitor: () => Promise<BrowserContext>): Promise<BrowserContext> {
  const context = await visitor();
  await context.addInitScript({ content: 'delete Navigator.prototype.serviceWorker' });
  return context;
}

/** What a page sends to addresses that end like this, from now on. */
function sent(page: Page, path: RegExp): string[] {
  const found: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() === 'POST' && path.test(pathname)) found.push(pathname);
  });
  return found;
}

/** The clock of the page stands still from here on, so that what is kept is not given up however slow the machine is. */
async function withoutHaste(page: Page): Promise<void> {
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 1000);
}

/** That clock goes on in small steps until this has happened. */
const stepUntil = (page: Page, happened: () => Promise<boolean>) =>
  expect.poll(async () => {
    // The page may just be left.
    await page.clock.runFor(50).catch(() => undefined);
    return happened();
  }).toBe(true);

const asleep = (page: Page) => expect(page.locator('html[data-awake]')).toHaveCount(0);
const wakes = (page: Page) => expect(page.locator('html[data-awake]')).toHaveCount(1);
const busy = (page: Page) => page.locator('html > .busy');
const toCheck = (page: Page) => page.getByRole('button', { name: say('declaration.to_check') });
const drafts = (page: Page) => page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('shenbao-draft:')).map((name) => decodeURIComponent(localStorage.getItem(name) ?? '')));

/** Somebody's form, before its code is there; and what lets that go. */
async function sleepingForm(visitor: () => Promise<BrowserContext>, server: Server, worker: number): Promise<{ page: Page; release: () => void }> {
  const context = await withoutWorker(visitor);
  const first = await context.newPage();
  await first.goto(invitation(server, worker));
  await fillClaim(first);
  await first.getByRole('button', { name: say('app.go_sign_in') }).click();
  await expect(first).toHaveURL(/\/declare\//);
  const release = await hold(context);
  const page = await context.newPage();
  await page.goto(first.url());
  await first.close();
  return { page, release };
}

async function fill(page: Page): Promise<void> {
  await page.locator('#residence').fill('未醒路 1 号');
  await page.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').first().check();
  await page.getByLabel('出发城市').selectOption('440500');
  await page.getByLabel('到达城市').selectOption('440100');
  await page.getByLabel('航空').check();
  await page.locator('#declaration input[type=date]').last().fill('2026-01-20');
  await page.getByLabel(WELL.symptom).check();
  await page.locator('#temperature').fill(WELL.temperature);
}

test('what is ticked, chosen and typed before a form is awake is kept as a draft when it wakes up, and counts', { tag }, async ({ visitor, server }, info) => {
  const { page, release } = await sleepingForm(visitor, server, info.workerIndex);
  await fill(page);
  await asleep(page);
  await expect(busy(page)).toBeVisible();
  expect(await drafts(page)).toEqual([]);
  release();
  await wakes(page);
  await expect(busy(page)).toHaveCount(0);
  await expect(page.locator('.draft')).toBeVisible();
  const [draft] = await drafts(page);
  for (const said of ['residence=未醒路+1+号', '440500', '440100', '2026-01-20', 'temperature=36.5']) expect(draft).toContain(said);
  await page.reload();
  await wakes(page);
  await expect(page.locator('#residence')).toHaveValue('未醒路 1 号');
  await expect(page.getByLabel('出发城市')).toHaveValue('440500');
  await expect(page.getByLabel('航空')).toBeChecked();
  await declare(page, WELL);
});

test('of choices that exclude each other the last one counts, before a form is awake as after it', { tag }, async ({ visitor, server }, info) => {
  const { page, release } = await sleepingForm(visitor, server, info.workerIndex);
  const fever = page.locator('#declaration input[data-exclusive]').locator('xpath=ancestor::fieldset[1]').locator('input[type=checkbox]:not([data-exclusive])').first();
  await fever.check();
  await page.getByLabel(WELL.symptom).check();
  await asleep(page);
  release();
  await wakes(page);
  await expect(page.getByLabel(WELL.symptom)).toBeChecked();
  await expect(fever).not.toBeChecked();
});

test('a form that is sent twice before it is awake is judged once, by the page that woke up, and posted by nobody', { tag }, async ({ visitor, server }, info) => {
  const { page, release } = await sleepingForm(visitor, server, info.workerIndex);
  const posts = sent(page, /\/declare/);
  await fill(page);
  await withoutHaste(page);
  await toCheck(page).click();
  await toCheck(page).click();
  await asleep(page);
  await expect(busy(page)).toBeVisible();
  expect(posts).toEqual([]);
  release();
  await stepUntil(page, async () => (await page.locator('html[data-awake]').count()) === 1);
  await page.clock.resume();
  await expect(page.getByText(say('declaration.truthful'))).toBeVisible();
  await expect(page.getByText('未醒路 1 号')).toBeVisible();
  expect(posts).toEqual([]);
  await page.getByRole('button', { name: say('declaration.submit'), exact: true }).click();
  await expect(page.getByText(say('declaration.received'))).toBeVisible();
  expect(posts).toEqual(['/api/declare']);
});

test('who one is, sent twice before the page is awake, is posted once', { tag }, async ({ visitor, server }, info) => {
  const context = await withoutWorker(visitor);
  const release = await hold(context);
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(invitation(server, info.workerIndex));
  await page.clock.pauseAt(Date.now() + 1000);
  const posts = sent(page, /^\/i\//);
  await fillClaim(page);
  const go = page.getByRole('button', { name: say('app.go_sign_in') });
  await go.click();
  await go.click();
  await asleep(page);
  await expect(busy(page)).toBeVisible();
  expect(posts).toEqual([]);
  release();
  await stepUntil(page, async () => /\/declare\//.test(page.url()));
  expect(posts).toHaveLength(1);
});

test('where the code never comes, each form is sent once by the browser itself', { tag }, async ({ visitor, server }, info) => {
  const { page, release } = await sleepingForm(visitor, server, info.workerIndex);
  const posts = sent(page, /\/declare/);
  await fill(page);
  await toCheck(page).click();
  await expect(busy(page)).toBeVisible();
  await expect(page.getByText(say('declaration.truthful'))).toBeVisible();
  await asleep(page);
  expect(posts).toHaveLength(1);
  const submit = page.getByRole('button', { name: say('declaration.submit'), exact: true });
  await submit.click();
  await submit.click();
  await expect(page.getByText(say('declaration.received'))).toBeVisible();
  await asleep(page);
  expect(posts).toEqual([new URL(posts[0], server.url).pathname, posts[0]]);
  release();
  await page.goto('/mine');
  await expect(page.getByRole('link', { name: /\d{4}-\d\d-\d\d \d\d:\d\d/ })).toHaveCount(1);
});

test('whoever asks for a passkey before the page is awake, and asks again, is asked for it once', { tag }, async ({ visitor, enterprise }) => {
  const context = await withoutWorker(visitor);
  const page = await context.newPage();
  await enrol(page, enterprise);
  const statistics = page.url();
  await context.clearCookies();
  const release = await hold(context);
  await page.goto('/sign-in');
  const begun = sent(page, /sign-in-start$/);
  const go = page.getByRole('button', { name: say('app.go_sign_in') });
  await go.click();
  await go.click();
  await asleep(page);
  await expect(busy(page)).toBeVisible();
  expect(begun).toEqual([]);
  release();
  await expect(page).toHaveURL(statistics);
  expect(begun).toHaveLength(1);
});

test('a passkey that is asked for while the code takes the page over is asked for once', { tag }, async ({ visitor, enterprise }) => {
  const context = await withoutWorker(visitor);
  const page = await context.newPage();
  await enrol(page, enterprise);
  const release = await hold(context, OWN_PART);
  const part = page.waitForRequest(OWN_PART);
  const code = page.waitForResponse(/\/pkg\/shenbao\..+\.wasm$/);
  await page.goto('/account');
  const begun = sent(page, /step-up$/);
  await page.mouse.move(5, 5);
  await Promise.all([part, code.then((answer) => answer.finished())]);
  await page.waitForTimeout(1000);
  const add = await page.getByRole('button', { name: say('account.passkey_add') }).boundingBox();
  if (!add) throw new Error('no button to press');
  // A finger does not wait until a button can be pressed.
  await page.mouse.click(add.x + add.width / 2, add.y + add.height / 2);
  await asleep(page);
  expect(begun).toEqual([]);
  release();
  await wakes(page);
  await expect.poll(() => begun).toHaveLength(1);
});

for (const stopped of ['is not answered', 'is stopped by the browser, which asks for what is missing'] as const) {
  test(`a form that the browser sent alone and that ${stopped} takes nothing from what is pressed beside it`, { tag }, async ({ visitor, enterprise }) => {
    const context = await withoutWorker(visitor);
    const page = await context.newPage();
    await enrol(page, enterprise);
    const release = await hold(context);
    await page.goto('/account');
    // The page stays, as on a line that answers nothing.
    await page.route('**/api/passkey-rename', (route) => route.fulfill({ status: 204 }));
    const [renamed, begun] = [sent(page, /passkey-rename$/), sent(page, /step-up$/)];
    await page.clock.install();
    await page.locator('.own-passkey summary').click();
    const name = page.getByLabel(say('account.passkey_name'));
    await name.fill('新手机');
    await page.getByRole('button', { name: say('account.passkey_rename') }).click();
    if (stopped !== 'is not answered') await name.fill('');
    await page.clock.runFor(4100);
    if (stopped === 'is not answered') await expect.poll(() => renamed).toHaveLength(1);
    await page.getByRole('button', { name: say('account.passkey_add') }).click();
    await asleep(page);
    await expect(busy(page)).toBeVisible();
    expect(begun).toEqual([]);
    await page.clock.resume();
    release();
    await wakes(page);
    await expect.poll(() => begun).toHaveLength(1);
    expect(renamed).toHaveLength(stopped === 'is not answered' ? 1 : 0);
  });
}

/** What a translator or a keeper of passwords does to a page, before it is awake. */
const WRITES_INTO = {
  'puts something beside a field': `addEventListener('DOMContentLoaded', () => document.querySelectorAll('main input').forEach((field) => field.after(document.createElement('div'))))`,
  'wraps all words': `addEventListener('DOMContentLoaded', () => {
    const words = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    const found = [];
    while (words.nextNode()) found.push(words.currentNode);
    for (const word of found.filter((word) => word.data.trim() && !word.parentElement.closest('select, noscript'))) {
      const font = document.createElement('font');
      word.replaceWith(font);
      font.append(word);
    }
  })`,
};

for (const [what, script] of Object.entries(WRITES_INTO)) {
  test(`where another program ${what}, each form goes out at the first press`, { tag }, async ({ browser, server }, info) => {
    // The code complains of what it finds, so nobody watches.
    const context = await browser.newContext({ baseURL: server.url, locale: 'zh-CN', viewport: info.project.use.viewport, serviceWorkers: 'block' });
    await context.addInitScript({ content: script });
    const page = await context.newPage();
    await page.goto(invitation(server, info.workerIndex));
    await fillClaim(page);
    await page.getByRole('button', { name: say('app.go_sign_in') }).click();
    await expect(page).toHaveURL(/\/declare\//);
    await fill(page);
    await toCheck(page).click();
    await expect(page.locator('.check-heading').first()).toBeVisible();
    await page.getByRole('button', { name: say('declaration.submit'), exact: true }).click();
    await expect(page.getByText(say('declaration.received'))).toBeVisible();
    await context.close();
  });
}

test('a form that the browser sends by itself says that it is on its way', { tag }, async ({ visitor, enterprise }) => {
  const page = await (await visitor()).newPage();
  await enrol(page, enterprise);
  await page.goto(`${new URL(page.url()).pathname}/departments`);
  await wakes(page);
  // Nobody can look at a page that is being left: it says so itself.
  await page.evaluate(() => {
    const look = () => document.querySelector('html > .busy') && sessionStorage.setItem('busy', 'shown');
    new MutationObserver(look).observe(document.documentElement, { childList: true });
  });
  await page.getByRole('textbox').fill('仓储部');
  await page.getByRole('button', { name: say('department.add'), exact: true }).click();
  await expect(page.getByText('仓储部', { exact: true }).first()).toBeVisible();
  expect(await page.evaluate(() => sessionStorage.getItem('busy'))).toBe('shown');
  await expect(busy(page)).toHaveCount(0);
});
