import { lasts } from './support/steps';
import { expect, test } from './support/test';
import { say } from './support/words';

test('the language changes on the page one is on, and back', async ({ visitor }) => {
  const page = await (await visitor()).newPage();
  await page.goto('/sign-in');
  await page.getByRole('link', { name: 'English' }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(say('account.sign_in', {}, 'en'));
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await lasts(page);
  await page.getByRole('link', { name: '中文' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(say('account.sign_in'));
  await expect(page).toHaveURL(/\/sign-in$/);
});

test('the size of text changes on the page one is on, and back', async ({ visitor }) => {
  const page = await (await visitor()).newPage();
  await page.goto('/sign-in?next=/e');
  const size = () => page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));
  const normal = await size();
  await page.getByRole('link', { name: say('app.large') }).click();
  await expect(page).toHaveURL(/\/sign-in\?next=\/e$/);
  await expect(page.locator('html')).toHaveAttribute('data-large', 'true');
  expect(await size()).toBeGreaterThan(1.25 * normal);
  await page.goto('/');
  await expect(page.locator('html')).toHaveAttribute('data-large', 'true');
  await page.getByRole('link', { name: say('app.normal') }).click();
  await expect(page.locator('html')).not.toHaveAttribute('data-large');
  expect(await size()).toBe(normal);
});
