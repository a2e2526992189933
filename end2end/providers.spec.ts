import type { Page } from '@playwright/test';
import { Idp, face } from './support/idp';
import { residentId } from './support/people';
import { take } from './support/picture';
import { Server } from './support/server';
import { expect, test as base } from './support/test';
import { declare, lasts, scan } from './support/steps';
import { PICTURE_PHONE } from './support/tags';
import { say } from './support/words';

/** A server whose people are verified by the invented identity provider. */
const test = base.extend<object, { idp: Idp }>({
  idp: [async ({}, use) => use(await Idp.new()), { scope: 'worker' }],
  server: [
    async ({ workerDatabase, idp }, use) => {
      const server = await Server.start(workerDatabase, 'serve', idp.toml());
      await idp.start(server.url);
      await use(server);
      await idp.stop();
      await server.stop();
    },
    { scope: 'worker' },
  ],
});

const PROVIDER = '粤信签（演示）';
const signInBy = (page: Page) => page.getByRole('link', { name: say('account.sign_in_by', { name: PROVIDER }) });
const verifyBy = (page: Page) => page.getByRole('link', { name: say('account.verify_by', { name: PROVIDER }) });

test('a representative and an employee are verified by face', { tag: PICTURE_PHONE }, async ({ visitor, enterprise }) => {
  test.slow();
  const person = { name: '黄核验', id: residentId('19900101', 27), phone: '13900000027' };

  const desk = await (await visitor()).newPage();
  await desk.goto('/sign-in');
  await lasts(desk);
  await take(desk, 'sign-in-provider');
  await signInBy(desk).click();
  await face(desk, enterprise.representative);
  await expect(desk).toHaveURL(/\/e\/[0-9a-z]{12}$/);
  await expect(desk.getByRole('heading', { level: 1 })).toHaveText(enterprise.name);
  const statistics = desk.url();
  await desk.goto('/account');
  await expect(desk.locator('.facts').getByText(say('account.level_face'))).toBeVisible();
  await desk.goto(`${statistics}/invite`);
  const link = await scan(desk);

  const phone = await (await visitor()).newPage();
  await phone.goto(link);
  await expect(phone.getByText(enterprise.uscc)).toBeVisible();
  await lasts(phone);
  await take(phone, 'claim-provider');
  await verifyBy(phone).click();
  await face(phone, { name: person.name, id: person.id });
  await expect(phone).toHaveURL(link);
  await expect(phone.getByText(person.name)).toBeVisible();
  await expect(phone.getByText(person.id)).toHaveCount(0);
  await lasts(phone);
  await take(phone, 'claim-verified');
  const go = phone.getByRole('button', { name: say('account.verified_go') });
  await go.click();
  await expect(phone.locator('.error-summary').getByRole('link')).toHaveCount(3);
  await take(phone, 'claim-verified-problems');
  await expect(phone.getByText(person.name)).toBeVisible();
  await phone.getByLabel(say('account.consent_notice')).check();
  await phone.getByLabel(say('account.consent_health')).check();
  await phone.getByLabel(say('account.phone'), { exact: true }).fill(person.phone);
  await go.click();
  await expect(phone).toHaveURL(/\/declare\/[0-9a-z]{12}$/);
  await expect(phone.getByText(say('declaration.level_face'))).toBeVisible();
  await take(phone, 'declare-verified');
  await phone.locator('#residence').fill('广州市天河区试验路 1 号');
  await phone.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
  await declare(phone, { symptom: '没有出现症状', temperature: '36.5' });

  await desk.goto(`${statistics}/people`);
  await desk.getByRole('link', { name: person.name }).click();
  await expect(desk).toHaveURL(/\/people\/[0-9a-f]{32}/);
  await expect(desk.getByText(say('statistics.level_face')).first()).toBeVisible();
});

test('an enterprise account, a password and a change of mind let nobody in', { tag: PICTURE_PHONE }, async ({ visitor, enterprise }) => {
  const page = await (await visitor()).newPage();
  const tried = [
    [{ account: '企业账号' }, 'enterprise_account'],
    [{ button: '只用密码登录' }, 'face_required'],
    [{ button: '取消' }, 'verification_cancelled'],
  ] as const;
  for (const [way, why] of tried) {
    await page.goto('/sign-in?next=%2Fe%3Fa%3D1');
    await signInBy(page).click();
    await face(page, enterprise.representative, way);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(say(`error.${why}`));
    await expect(page.getByText(say(`error.${why}_do`))).toBeVisible();
    expect(page.url()).not.toMatch(/[?&](code|state|iss)=/);
    await lasts(page);
    await take(page, `stopped-${why.replaceAll('_', '-')}`);
    await page.getByRole('link', { name: say('app.again') }).click();
    await expect(page).toHaveURL('/sign-in?next=%2Fe%3Fa%3D1');
  }
  await page.goto('/e');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(say('error.sign_in_required'));

  // After all that the right way still leads to where it was to go.
  await page.goto('/sign-in?next=%2Fe%3Fa%3D1');
  await signInBy(page).click();
  await face(page, enterprise.representative);
  await expect(page).toHaveURL('/e?a=1');
});

test('a provider that does not answer', async ({ visitor, workerDatabase }) => {
  // The server of the other stories keeps its own.
  const idp = await Idp.new();
  const alone = await Server.start(workerDatabase, 'serve', idp.toml());
  try {
    const page = await (await visitor({ baseURL: alone.url })).newPage();
    await page.goto('/sign-in');
    await signInBy(page).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(say('error.provider_unavailable'));
    await expect(page.getByText(say('error.provider_unavailable_do'))).toBeVisible();
    await expect(page.getByRole('button')).toHaveCount(0);
    await lasts(page);
    // It comes up, and the same link works; it goes down, and the page says so again.
    await idp.start(alone.url);
    await page.waitForTimeout(2_100);
    await page.getByRole('link', { name: say('app.again') }).click();
    await signInBy(page).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(PROVIDER);
    await idp.stop();
    await page.waitForTimeout(10_100);
    await page.goto('/sign-in');
    await signInBy(page).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(say('error.provider_unavailable'));
    await page.context().close();
  } finally {
    await idp.stop();
    await alone.stop();
  }
});
