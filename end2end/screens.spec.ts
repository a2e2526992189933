import type { Page } from '@playwright/test';
import { residentId } from './support/people';
import { take as picture } from './support/picture';
import { claim, declare, enrol } from './support/steps';
import { Server } from './support/server';
import { expect, test } from './support/test';
import { say } from './support/words';

// Pictures of every page, for people to look at.
test('every page has its picture taken', async ({ visitor }, info) => {
  const demo = await Server.start('sqlite', 'demo');
  if (process.env.SHENBAO_SCREENS) test.slow();
  const take = (page: Page, name: string) => picture(page, name, info.project.name);
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
    await take(desk, 'statistics');
    await desk.locator('a.row-filter').first().click();
    await expect(desk).toHaveURL(/\?/);
    // The address is there before its page is.
    await expect(desk.locator('.chip-cross').first()).toBeVisible();
    await take(desk, 'statistics-filtered');
    await desk.goto(`${enterprise}/people`);
    await take(desk, 'people');
    await desk.getByRole('link', { name: say('export.title'), exact: true }).click();
    await expect(desk.getByText(say('export.verify_why'))).toBeVisible();
    await take(desk, 'export');
    await desk.getByRole('button', { name: say('export.verify'), exact: true }).click();
    await expect(desk.getByText(say('export.verified'))).toBeVisible();
    await take(desk, 'export-verified');
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
    await claim(phone, link ?? '', undefined, { name: '黄试验', id: residentId('19900101', 27), phone: '13900000027' });
    await take(phone, 'declare');
    await phone.getByRole('button', { name: say('declaration.to_check') }).click();
    await expect(phone.locator('.error-summary')).toBeVisible();
    await take(phone, 'declare-problems');
    await phone.locator('#residence').fill('广州市天河区试验路 1 号');
    await phone.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
    await declare(phone, { symptom: '没有出现症状', temperature: '37.8' }, (page) => take(page, 'check'));
    await take(phone, 'receipt');
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
test('the pages of a representative\'s day have their pictures taken', async ({ visitor }, info) => {
  const demo = await Server.start('sqlite', 'demo');
  if (process.env.SHENBAO_SCREENS) test.slow();
  const take = (page: Page, name: string) => picture(page, name, info.project.name);
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
test('pages with nothing to show have their pictures taken', async ({ visitor, enterprise }, info) => {
  if (process.env.SHENBAO_SCREENS) test.slow();
  const take = (page: Page, name: string) => picture(page, name, info.project.name);
  const desk = await (await visitor()).newPage();
  await enrol(desk, enterprise);
  const home = desk.url();
  await expect(desk.locator('.total')).toBeVisible();
  await take(desk, 'statistics-empty');
  for (const name of ['people', 'roster', 'absent', 'alerts', 'trend', 'report', 'departments', 'tablets', 'requests', 'managers', 'share']) {
    await desk.goto(`${home}/${name}`);
    await take(desk, `${name}-empty`);
  }
  await desk.goto('/messages');
  await take(desk, 'messages-empty');
  await desk.goto(`${home}?period=nonsense`);
  await take(desk, 'statistics-problem');
  const stranger = await (await visitor()).newPage();
  for (const [name, path] of [['mine-empty', '/mine'], ['account-empty', '/account'], ['code-stopped', '/i/000000000000'], ['sign-in-required', home]]) {
    await stranger.goto(path);
    await take(stranger, name);
  }
  await desk.context().close();
  await stranger.context().close();
});
