import { Server } from './support/server';
import { lasts } from './support/steps';
import { expect, test } from './support/test';
import { say } from './support/words';

test('one click into the demonstration', async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const page = await (await visitor({ baseURL: demo.url })).newPage();
    await page.goto('/');
    await expect(page.getByText(say('app.demo_banner'))).toBeVisible();
    await lasts(page);
    await page.getByRole('button', { name: say('account.demo_enter') }).click();
    await expect(page).toHaveURL(/\/e$/);
    await lasts(page);
    await page.getByRole('link', { name: say('enterprise.see') }).first().click();
    await expect(page).toHaveURL(/\/e\/[0-9a-z]{12}$/);
    await expect(page.getByText(say('app.demo_banner'))).toBeVisible();
    await lasts(page);
    await page.goto('/e');
    await expect(page.getByRole('link', { name: say('enterprise.see') })).toHaveCount(2);
    await page.context().close();
  } finally {
    await demo.stop();
  }
});
