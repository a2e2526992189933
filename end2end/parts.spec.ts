import type { Page } from '@playwright/test';
import { Server } from './support/server';
import { expect, test } from './support/test';
import { say } from './support/words';

/** The files of the build that a hard load of a page fetches, and those that its document names. */
async function filesOf(page: Page, path: string): Promise<{ fetched: string[]; named: string[] }> {
  const fetched = new Set<string>();
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/pkg/')) fetched.add(pathname);
  });
  const response = await page.goto(path);
  const html = (await response?.text()) ?? '';
  await page.waitForLoadState('networkidle');
  page.removeAllListeners('request');
  const named = new Set([...html.matchAll(/"(\/pkg\/[^"]+\.(?:css|js|wasm))"/g)].map(([, file]) => file));
  return { fetched: [...fetched].sort(), named: [...named].sort() };
}

test('a page fetches the parts that its document names, and no others', async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const page = await (await visitor({ baseURL: demo.url })).newPage();
    await page.goto('/');
    await page.getByRole('button', { name: say('account.demo_enter') }).click();
    await expect(page).toHaveURL(/\/e$/);
    const enterprise = (await page.getByRole('link', { name: say('enterprise.see') }).first().getAttribute('href')) ?? '';
    for (const path of ['/e', enterprise, `${enterprise}/people`, `${enterprise}/invite`]) {
      const { fetched, named } = await filesOf(page, path);
      expect(fetched, path).toEqual(named);
      expect(fetched.some((file) => file.includes('split_viewer')), path).toBe(true);
    }
    const link = (await page.locator('.invite-link').textContent()) ?? '';
    const phone = await (await visitor({ baseURL: demo.url })).newPage();
    for (const path of [link, '/mine', '/account']) {
      const { fetched, named } = await filesOf(phone, path);
      expect(fetched, path).toEqual(named);
      expect(fetched.some((file) => /split_(viewer|declare)/.test(file)), path).toBe(false);
    }
    await page.context().close();
    await phone.context().close();
  } finally {
    await demo.stop();
  }
});

test('a part that cannot be fetched says so, and can be fetched later', async ({ browser, server }) => {
  // The browser itself complains of what fails here, so nobody watches.
  const context = await browser.newContext({ baseURL: server.url, locale: 'zh-CN' });
  const page = await context.newPage();
  await page.goto('/');
  await page.waitForLoadState('networkidle');
  await page.route('**/split_viewer*', (route) => route.abort());
  const signIn = page.getByRole('link', { name: say('app.go_sign_in') });
  await signIn.click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(say('error.outdated'));
  await page.unroute('**/split_viewer*');
  await page.goBack();
  await signIn.click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(say('account.sign_in'));
  await context.close();
});
