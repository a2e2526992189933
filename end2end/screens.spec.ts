import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { residentId } from './support/people';
import { claim, declare } from './support/steps';
import { Server } from './support/server';
import { accessible, expect, test } from './support/test';
import { say } from './support/words';

// Pictures of every page, for people to look at: target/screens/PAGE-PROJECT.png
test('every page has its picture taken', async ({ visitor }, info) => {
  const demo = await Server.start('sqlite', 'demo');
  const take = async (page: Page, name: string): Promise<void> => {
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await accessible(page);
    await page.screenshot({ path: join(__dirname, `../target/screens/${name}-${info.project.name}.png`), fullPage: true });
  };
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
    await take(desk, 'statistics-filtered');
    await desk.goto(`${enterprise}/people`);
    await take(desk, 'people');
    await desk.locator('.people-name a').first().click();
    await expect(desk).toHaveURL(/\/people\/[0-9a-f]{32}/);
    await take(desk, 'person');
    await desk.goto(`${enterprise}/invite`);
    await take(desk, 'invite');
    const link = await desk.locator('.invite-link').textContent();

    const phone = await (await visitor({ baseURL: demo.url })).newPage();
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
    await desk.context().close();
    await phone.context().close();
  } finally {
    await demo.stop();
  }
});
