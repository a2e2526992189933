import type { Page } from '@playwright/test';
import { residentId } from './support/people';
import { LOOKS, take } from './support/picture';
import { claim, declare, enrol, pass } from './support/steps';
import { Server } from './support/server';
import { PICTURE, PICTURE_PHONE } from './support/tags';
import { expect, register, test } from './support/test';
import { say } from './support/words';
import { BEIJING } from './support/zone';

// Pictures of every page, for people to look at. What another story comes by has its picture taken there.

/** The pages that people look at most, in every look that there is. */
const takeMain = (page: Page, name: string) => take(page, name, [...LOOKS, 'dark-large']);

async function fill(page: Page): Promise<void> {
  await page.locator('#residence').fill('广州市天河区试验路 1 号');
  await page.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
}

test('every page has its picture taken', { tag: PICTURE }, async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const desk = await (await visitor({ baseURL: demo.url })).newPage();
    for (const [name, path] of [['entry', '/'], ['sign-in', '/sign-in'], ['enrol', '/enrol'], ['not-found', '/nowhere']]) {
      await desk.goto(path);
      await take(desk, name);
    }
    await desk.goto('/');
    await desk.getByRole('button', { name: say('account.demo_enter') }).click();
    await expect(desk).toHaveURL(/\/e$/);
    await take(desk, 'enterprises');
    await desk.goto('/account');
    await take(desk, 'account');
    await desk.goto('/e');
    await desk.getByRole('link', { name: say('enterprise.see') }).first().click();
    await expect(desk).toHaveURL(/\/e\/[0-9a-z]{12}$/);
    const enterprise = desk.url();
    await takeMain(desk, 'statistics');
    await desk.locator('a.row-filter').first().click();
    await expect(desk).toHaveURL(/\?/);
    // The address is there before its page is.
    await expect(desk.locator('.chip-cross').first()).toBeVisible();
    await take(desk, 'statistics-filtered');
    await desk.goto(`${enterprise}/people`);
    await takeMain(desk, 'people');
    await desk.getByRole('link', { name: say('export.title'), exact: true }).click();
    await expect(desk.getByText(say('export.verify_why'))).toBeVisible();
    await take(desk, 'export');
    await desk.getByRole('button', { name: say('export.verify'), exact: true }).click();
    await expect(desk.getByText(say('export.verified'))).toBeVisible();
    await take(desk, 'export-verified');
    await desk.goto(`${enterprise}/export?symptoms=nonsense`);
    await expect(desk.getByRole('alert')).toHaveText(say('statistics.problem_answer'));
    await take(desk, 'export-problem');
    await desk.goto(`${enterprise}/export?from=2020-03-01&to=2020-03-02`);
    await expect(desk.getByText(say('export.none'))).toBeVisible();
    await take(desk, 'export-empty');
    await desk.goto(`${enterprise}/people`);
    await desk.locator('.people-name a').first().click();
    await expect(desk).toHaveURL(/\/people\/[0-9a-f]{32}/);
    await take(desk, 'person');
    await desk.locator('summary', { hasText: say('department.move_person') }).click();
    await take(desk, 'person-department');
    await desk.goto(`${enterprise}/departments`);
    await take(desk, 'departments');
    await desk.getByRole('link', { name: say('department.change_named', { name: '仓储部' }) }).click();
    await desk.getByLabel(say('department.name'), { exact: true }).fill('生产部');
    await desk.getByRole('button', { name: say('department.rename') }).click();
    await expect(desk.getByRole('alert')).toHaveText(say('department.problem_known'));
    await take(desk, 'departments-problem');
    await desk.goto(`${enterprise}/share`);
    await take(desk, 'share');
    await desk.getByRole('button', { name: say('share.make') }).click();
    await expect(desk.getByText(say('share.made'))).toBeVisible();
    await take(desk, 'share-made');
    await desk.goto((await desk.locator('.invite-link').textContent()) ?? '');
    await take(desk, 'shared');
    await desk.goto(`${enterprise}/audit`);
    await take(desk, 'audit');
    await desk.goto(`${enterprise}/managers`);
    await take(desk, 'managers');
    await desk.getByRole('link', { name: say('delegation.decide') }).click();
    await expect(desk.getByText(say('delegation.know_them'))).toBeVisible();
    await take(desk, 'manager-request');
    await desk.getByRole('button', { name: say('delegation.next') }).click();
    await expect(desk.getByText(say('delegation.confirm_title'))).toBeVisible();
    await take(desk, 'manager-confirm');
    await desk.goto(`${enterprise}/managers`);
    await desk.getByRole('button', { name: say('delegation.make_invitation') }).click();
    await expect(desk.getByText(say('delegation.made_invitation'))).toBeVisible();
    await take(desk, 'managers-invited');
    const joining = (await desk.locator('#invite-words').textContent())?.match(/http\S+\/join\/\S+/)?.[0] ?? '';
    await desk.goto('/messages');
    await take(desk, 'messages');
    await desk.goto(`${enterprise}/alerts`);
    await take(desk, 'alerts');
    await desk.locator('summary', { hasText: say('alert.filter') }).click();
    await take(desk, 'alerts-filter');
    await desk.locator('.page li > a.cell').first().click();
    await expect(desk.getByText(say('alert.strip'), { exact: true })).toBeVisible();
    await take(desk, 'alert');
    await desk.goto(`${enterprise}/invite`);
    await take(desk, 'invite');
    const link = await desk.locator('.invite-link').textContent();

    const phone = await (await visitor({ baseURL: demo.url })).newPage();
    await phone.goto(joining);
    await take(phone, 'join');
    await phone.goto(link ?? '');
    await take(phone, 'claim');
    await phone.getByRole('button', { name: say('app.go_sign_in') }).click();
    await expect(phone.locator('.error-summary')).toBeVisible();
    await take(phone, 'claim-problems');
    await claim(phone, link ?? '', undefined, { name: '黄试验', id: residentId('19900101', 27), phone: '13900000027' }, '仓储部');
    await takeMain(phone, 'declare');
    await phone.getByRole('button', { name: say('declaration.to_check') }).click();
    await expect(phone.locator('.error-summary')).toBeVisible();
    await take(phone, 'declare-problems');
    await fill(phone);
    await declare(phone, { symptom: '没有出现症状', temperature: '37.8' }, (page) => take(page, 'check'));
    await takeMain(phone, 'receipt');
    await phone.goto('/mine');
    await take(phone, 'mine');
    await phone.getByRole('link', { name: say('rights.title') }).click();
    await expect(phone).toHaveURL(/\/mine\/[0-9a-z]{12}$/);
    await take(phone, 'rights');
    for (const [form, note] of [['ask-correction', '11 月 3 日的体温应当是 36.8，当时填成了 38.6'], ['ask-deletion', '已经离职']]) {
      await phone.locator('details', { has: phone.locator(`#${form}`) }).locator('summary').click();
      await phone.locator(`#${form}`).fill(note);
      await phone.locator('form', { has: phone.locator(`#${form}`) }).getByRole('button').click();
      await expect(phone.getByText(say('rights.done_asked'))).toBeVisible();
    }
    await phone.locator('summary', { hasText: say('rights.consent_health') }).click();
    await take(phone, 'rights-asked');
    await phone.getByRole('button', { name: say('rights.withdraw') }).last().click();
    await expect(phone.getByText(say('rights.done_withdrawn'))).toBeVisible();
    await phone.getByRole('link', { name: say('rights.consent_again') }).click();
    await take(phone, 'declare-consent');
    await desk.goto(`${enterprise}/requests`);
    await desk.locator('summary').first().click();
    await take(desk, 'requests');
    await desk.goto(enterprise);
    await take(desk, 'statistics-requests');
    await desk.context().close();
    await phone.context().close();
  } finally {
    await demo.stop();
  }
});

// The representative's day: who is expected, who is missing, what goes out, and what is reported.
test('the pages of a representative\'s day have their pictures taken', { tag: PICTURE }, async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const desk = await (await visitor({ baseURL: demo.url })).newPage();
    await desk.goto('/');
    await desk.getByRole('button', { name: say('account.demo_enter') }).click();
    await expect(desk).toHaveURL(/\/e$/);
    await desk.getByRole('link', { name: say('enterprise.see') }).first().click();
    await expect(desk).toHaveURL(/\/e\/[0-9a-z]{12}$/);
    const enterprise = desk.url();
    for (const name of ['roster', 'absent', 'trend', 'report', 'questionnaire', 'reminders', 'channels', 'tablets']) {
      await desk.goto(`${enterprise}/${name}`);
      await take(desk, name);
    }
    await desk.goto(`${enterprise}/roster/import`);
    await take(desk, 'roster-import');
    await desk.goto(`${enterprise}/people`);
    const person = (await desk.locator('.people-name a').first().getAttribute('href')) ?? '';
    await desk.goto(`${person.split('?')[0]}/declare`);
    await take(desk, 'on-behalf-person');
    await desk.goto(`${enterprise}/trend?days=30`);
    await take(desk, 'trend-30');
    await desk.goto(`${enterprise}?state=abnormal`);
    await take(desk, 'statistics-abnormal');
    await desk.goto(`${enterprise}/tablets`);
    await desk.getByLabel(say('tablet.name'), { exact: true }).fill('东门');
    await desk.getByRole('button', { name: say('tablet.make') }).click();
    await expect(desk.getByText(say('tablet.made'))).toBeVisible();
    await take(desk, 'tablets-made');
    const tablet = await (await visitor({ baseURL: demo.url })).newPage();
    await tablet.goto((await desk.locator('#invite-words').textContent()) ?? '');
    await take(tablet, 'tablet-set-up');
    await tablet.getByRole('button', { name: say('tablet.set_up') }).click();
    await expect(tablet).toHaveURL(/\/tablet$/);
    await take(tablet, 'tablet');
    await desk.context().close();
    await tablet.context().close();
  } finally {
    await demo.stop();
  }
});

// What there is to see before there is anything, and where something went wrong.
test('pages with nothing to show have their pictures taken', { tag: PICTURE }, async ({ visitor, server, enterprise }) => {
  const desk = await (await visitor()).newPage();
  await enrol(desk, enterprise);
  const home = desk.url();
  await expect(desk.locator('.total')).toBeVisible();
  await take(desk, 'statistics-empty');
  for (const name of ['people', 'roster', 'absent', 'alerts', 'trend', 'report', 'departments', 'tablets', 'requests', 'managers', 'share', 'reminders', 'channels', 'questionnaire', 'audit']) {
    await desk.goto(`${home}/${name}`);
    await take(desk, `${name}-empty`);
  }
  await desk.goto('/messages');
  await take(desk, 'messages-empty');
  await desk.goto(`${home}?period=nonsense`);
  await take(desk, 'statistics-problem');
  server.run('representative', 'remove', '--enterprise', enterprise.uscc, '--document', enterprise.representative.id);
  await desk.goto('/e');
  await expect(desk.getByText(say('enterprise.none'))).toBeVisible();
  await take(desk, 'enterprises-empty');
  const stranger = await (await visitor()).newPage();
  for (const [name, path] of [['mine-empty', '/mine'], ['account-empty', '/account'], ['code-stopped', '/i/000000000000'], ['sign-in-required', home]]) {
    await stranger.goto(path);
    await take(stranger, name);
  }
  await desk.context().close();
  await stranger.context().close();
});

test('the pages that people look at most have their pictures taken in English', { tag: PICTURE }, async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const english = async (page: Page, name: string) => {
      await page.context().addCookies([{ name: 'lang', value: 'en', url: demo.url }]);
      await page.reload();
      await expect(page.locator('html[lang=en]')).toHaveCount(1);
      await take(page, `${name}-english`);
      await page.context().addCookies([{ name: 'lang', value: 'zh-CN', url: demo.url }]);
    };
    const desk = await (await visitor({ baseURL: demo.url })).newPage();
    await desk.goto('/');
    await desk.getByRole('button', { name: say('account.demo_enter') }).click();
    await desk.getByRole('link', { name: say('enterprise.see') }).first().click();
    await expect(desk).toHaveURL(/\/e\/[0-9a-z]{12}$/);
    const enterprise = desk.url();
    await english(desk, 'statistics');
    for (const name of ['people', 'alerts', 'absent', 'trend', 'report', 'invite']) {
      await desk.goto(`${enterprise}/${name}`);
      await english(desk, name);
    }
    await desk.goto(`${enterprise}/invite`);
    const link = (await desk.locator('.invite-link').textContent()) ?? '';
    const phone = await (await visitor({ baseURL: demo.url })).newPage();
    await phone.goto(link);
    await english(phone, 'claim');
    await claim(phone, link, undefined, { name: '黄英文', id: residentId('19900101', 28), phone: '13900000028' });
    await english(phone, 'declare');
    await phone.reload();
    await fill(phone);
    await declare(phone, { symptom: '没有出现症状', temperature: '36.8' });
    await english(phone, 'receipt');
    await phone.goto('/mine');
    await english(phone, 'mine');
    await desk.context().close();
    await phone.context().close();
  } finally {
    await demo.stop();
  }
});

test('what a guard is shown of a pass at a wrong time, and of an urgent one, has its picture taken', { tag: PICTURE_PHONE }, async ({ visitor }, info) => {
  const noon = new Date(`${new Date().toISOString().slice(0, 10)}T04:00:00Z`);
  const own = await Server.start('sqlite', 'serve', undefined, noon);
  const after = (minutes: number) => own.setClock(new Date(noon.getTime() + minutes * 60_000));
  try {
    const enterprise = register(own, 6_000_000 + info.workerIndex, BEIJING);
    const phone = await (await visitor({ baseURL: own.url })).newPage();
    await claim(phone, enterprise.invitation, enterprise, { name: '黄过期', id: residentId('19900101', 29), phone: '13900000029' });
    await fill(phone);
    await declare(phone, { symptom: '嗜倦、呼吸急促', temperature: '38.6' });
    await take(phone, 'receipt-urgent');
    const code = await pass(phone);
    const guard = await (await visitor({ baseURL: own.url })).newPage();
    for (const [minutes, name, says] of [[0, 'scan-stop', 'verdict_stop'], [11, 'scan-expired', 'expired'], [24 * 60, 'scan-other-day', 'other_day'], [-11, 'scan-early', 'early']] as const) {
      after(minutes);
      // What stands behind the # loads nothing anew.
      await guard.goto('about:blank');
      await guard.goto(code);
      await expect(guard.locator('.pass-verdict')).toContainText(say(`gate.${says}`));
      await take(guard, name);
    }
    await phone.context().close();
    await guard.context().close();
  } finally {
    await own.stop();
  }
});

test('a page that a busy server could not show has its picture taken', { tag: PICTURE }, async ({ browser }) => {
  const own = await Server.start('sqlite');
  // The browser itself complains of an answer that says 503, so nobody watches.
  const context = await browser.newContext({ baseURL: own.url });
  try {
    const page = await context.newPage();
    const response = await page.goto('/auth/stopped?why=busy&again=%2Fmine');
    expect(response?.status()).toBe(503);
    await take(page, 'busy');
  } finally {
    await context.close();
    await own.stop(/503 Service Unavailable/);
  }
});
