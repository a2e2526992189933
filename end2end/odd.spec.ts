import type { Page } from '@playwright/test';
import { Line } from './support/line';
import { residentId } from './support/people';
import { take } from './support/picture';
import { claim, declare } from './support/steps';
import { Server } from './support/server';
import { PICTURE_PHONE } from './support/tags';
import { accessible, expect, invite, test } from './support/test';
import { say } from './support/words';

const WECHAT = 'Mozilla/5.0 (Linux; Android 12; SM-A5070) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.44';

let invited = 0;

function invitation(server: Server, worker: number): string {
  const number = 8_500_000 + worker * 1000 + ++invited;
  return new URL(invite(server, number, '旧机试验企业')).pathname;
}

async function fill(page: Page): Promise<void> {
  await page.locator('#residence').fill('广州市天河区旧机路 1 号');
  await page.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
}

// ---- browsers that cannot run WASM, or may not ----------------------------------------------

const LACKS = {
  'knows no WASM': 'delete window.WebAssembly',
  'knows an older WASM': `for (const name of ['instantiate', 'instantiateStreaming', 'compile', 'compileStreaming'])
    WebAssembly[name] = () => Promise.reject(new WebAssembly.CompileError('an opcode that is not known'))`,
};

for (const [what, script] of Object.entries(LACKS)) {
  test(`a browser that ${what} goes the whole way, and complains of nothing`, async ({ browser, server }, info) => {
    const context = await browser.newContext({ baseURL: server.url, locale: 'zh-CN', viewport: info.project.use.viewport });
    await context.addInitScript({ content: script });
    const page = await context.newPage();
    // A page that answers 4xx on purpose is all that it may speak of.
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('status of 4')) complaints.push(message.text());
    });
    await claim(page, invitation(server, info.workerIndex), undefined, { name: '黄旧机', id: residentId('19900101', 801), phone: '13900000801' });
    await fill(page);
    await declare(page, { symptom: '没有出现症状', temperature: '36.5' });
    await page.goto('/sign-in');
    await expect(page.getByText(say('account.passkey_unsupported'))).toBeVisible();
    await expect(page.locator('noscript')).toHaveCount(0);
    await expect(page.getByRole('button', { name: say('app.go_sign_in') })).toBeDisabled();
    await accessible(page);
    expect(complaints).toEqual([]);
    await context.close();
  });
}

test('where WASM is forbidden the form is posted as it is', async ({ browser, server }, info) => {
  // The browser itself complains of what is forbidden here, so nobody watches.
  const context = await browser.newContext({ baseURL: server.url, locale: 'zh-CN', serviceWorkers: 'block' });
  const page = await context.newPage();
  let uncaught = 0;
  page.on('pageerror', () => uncaught++);
  await page.route('**/*', async (route) => {
    if (!route.request().isNavigationRequest() || route.request().method() !== 'GET') return route.continue();
    const response = await route.fetch();
    const policy = response.headers()['content-security-policy']?.replace("'wasm-unsafe-eval'", '');
    await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': policy } });
  });
  await claim(page, invitation(server, info.workerIndex), undefined, { name: '黄禁用', id: residentId('19900101', 802), phone: '13900000802' });
  await fill(page);
  await declare(page, { symptom: '没有出现症状', temperature: '36.5' });
  expect(uncaught).toBe(0);
  await context.close();
});

// ---- without cookies ------------------------------------------------------------------------

test('a browser that keeps no cookies is told so, and what to do', { tag: PICTURE_PHONE }, async ({ visitor, server }, info) => {
  const line = await Line.to(server.url, true);
  const page = await (await visitor({ baseURL: line.url })).newPage();
  await page.goto(invitation(server, info.workerIndex));
  await page.getByLabel(say('account.consent_notice')).check();
  await page.getByLabel(say('account.consent_health')).check();
  await page.getByLabel(say('account.name'), { exact: true }).fill('黄无饼');
  await page.getByLabel(say('account.number'), { exact: true }).fill(residentId('19900101', 803));
  await page.getByLabel(say('account.phone'), { exact: true }).fill('13900000803');
  await page.getByRole('button', { name: say('app.go_sign_in') }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(say('error.cookies_off'));
  await expect(page.getByText(say('error.cookies_off_do'))).toBeVisible();
  await take(page, 'cookies-off');
  // Whoever just opens such an address is told what was always told.
  const fresh = await (await visitor({ baseURL: line.url })).newPage();
  await fresh.goto(new URL(page.url()).pathname);
  await expect(fresh.getByRole('heading', { level: 1 })).toHaveText(say('error.invitation_required'));
  await page.context().close();
  await fresh.context().close();
  await line.cut();
});

// ---- WeChat -----------------------------------------------------------------------------------

test('in WeChat an employee goes the whole way, and takes a copy as text', { tag: PICTURE_PHONE }, async ({ visitor, server }, info) => {
  const page = await (await visitor({ userAgent: WECHAT })).newPage();
  await claim(page, invitation(server, info.workerIndex), undefined, { name: '黄微信', id: residentId('19900101', 804), phone: '13900000804' });
  const enterprise = page.url().split('/').pop();
  await take(page, 'declare-wechat');
  await fill(page);
  await declare(page, { symptom: '没有出现症状', temperature: '36.5' });
  await take(page, 'receipt-wechat');
  await page.goto(`/mine/${enterprise}`);
  await expect(page.getByRole('link', { name: say('rights.copy_as_text') })).toBeVisible();
  await expect(page.getByRole('link', { name: say('rights.copy_file') })).toHaveCount(0);
  await take(page, 'rights-wechat');
});

test('in WeChat no passkey, no share sheet and no file is offered, and what to do instead', { tag: PICTURE_PHONE }, async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const page = await (await visitor({ baseURL: demo.url, userAgent: WECHAT })).newPage();
    await page.goto('/sign-in');
    await expect(page.getByRole('button', { name: say('app.go_sign_in') })).toBeDisabled();
    await expect(page.getByText(say('account.passkey_unsupported'))).toBeVisible();
    await take(page, 'sign-in-wechat');
    await page.getByRole('button', { name: say('account.demo_enter') }).click();
    await page.getByRole('link', { name: say('statistics.invite') }).first().click();
    await expect(page.getByRole('button', { name: say('enterprise.copy') })).toBeVisible();
    await expect(page.getByRole('button', { name: say('enterprise.share'), exact: true })).toHaveCount(0);
    await expect(page.getByRole('img').first()).toBeVisible();
    await take(page, 'invite-wechat');
    const enterprise = new URL(page.url()).pathname.replace(/\/invite$/, '');
    await page.goto(`${enterprise}/roster/import`);
    await expect(page.getByText(say('app.no_files_in_wechat'))).toBeVisible();
    await take(page, 'roster-import-wechat');
    await page.goto(`${enterprise}/report`);
    await expect(page.locator('a[download]')).toHaveCount(0);
    await expect(page.locator('.report-picture')).toBeVisible();
    await take(page, 'report-wechat');
    await page.goto(enterprise);
    await take(page, 'statistics-wechat');
    await page.goto(`${enterprise}/people`);
    await take(page, 'people-wechat');
    await page.context().close();
  } finally {
    await demo.stop();
  }
});
