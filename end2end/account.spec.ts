import { accessible, expect, test } from './support/test';
import { enrol, lasts } from './support/steps';
import { say } from './support/words';

test('a representative adds a passkey, names it, removes the lost one, and everyone else is signed out', async ({ visitor, enterprise }) => {
  test.slow();
  const context = await visitor({ javaScriptEnabled: true });
  const page = await context.newPage();
  const otherDevice = await enrol(page, enterprise);
  const statistics = page.url();

  // The same person in another browser.
  const elsewhere = await visitor({ javaScriptEnabled: true });
  await elsewhere.addCookies(await context.cookies());
  const other = await elsewhere.newPage();
  await other.goto(statistics);
  await expect(other.getByRole('heading', { level: 1 })).toHaveText(enterprise.name);

  await page.goto('/account');
  await lasts(page);
  await expect(page.getByText(say('account.session_here'))).toHaveCount(1);
  await page.locator('summary').click();
  await expect(page.getByText(say('account.passkey_only'))).toBeVisible();
  await expect(page.getByRole('button', { name: say('account.passkey_remove') })).toBeHidden();

  // Verified with the first, made on a second device.
  await page.route('**/api/passkey-start', async (route) => {
    await otherDevice();
    await route.continue();
  });
  await page.getByRole('button', { name: say('account.passkey_add') }).click();
  await expect(page.locator('summary')).toHaveCount(2);
  const second = page.locator('.own-passkey').nth(1);
  await second.locator('summary').click();
  await second.getByLabel(say('account.passkey_name')).fill('新手机');
  await second.getByRole('button', { name: say('account.passkey_rename') }).click();
  await expect(page.locator('summary', { hasText: '新手机' })).toBeVisible();
  await accessible(page);

  // Whoever had a copy of the session's cookie has lost it by the verification; only this browser was given the new one.
  await other.reload();
  await expect(other.getByRole('heading', { level: 1 })).toHaveText(say('error.sign_in_required'));
  await elsewhere.addCookies(await context.cookies());

  // Signs in with it: two sessions, of which the first still stands.
  await context.clearCookies();
  await page.goto('/sign-in');
  await page.getByRole('button', { name: say('app.go_sign_in') }).click();
  await expect(page).toHaveURL(statistics);

  await page.goto('/account');
  await expect(page.getByRole('button', { name: say('account.session_end'), exact: true })).toHaveCount(1);
  await other.reload();
  await expect(other.getByRole('heading', { level: 1 })).toHaveText(enterprise.name);
  await page.locator('summary').first().click();
  await page.getByRole('button', { name: say('account.passkey_remove') }).first().click();
  await expect(page.locator('summary')).toHaveCount(1);
  await expect(page.locator('summary', { hasText: '新手机' })).toBeVisible();
  await expect(page.getByText(say('account.session_here'))).toHaveCount(1);
  await other.reload();
  await expect(other.getByRole('heading', { level: 1 })).not.toHaveText(enterprise.name);
  await page.goto(statistics);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(enterprise.name);
});
