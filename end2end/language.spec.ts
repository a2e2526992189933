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
