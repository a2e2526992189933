import { Server } from './support/server';
import { accessible, expect, test } from './support/test';
import { say } from './support/words';

// Figures for whoever has the link: no names, nothing of a few, and nothing once it is taken back.
test('a representative shares figures and takes them back', async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const desk = await (await visitor({ baseURL: demo.url })).newPage();
    await desk.goto('/');
    await desk.getByRole('button', { name: say('account.demo_enter') }).click();
    await expect(desk).toHaveURL(/\/e$/);
    await desk.getByRole('link', { name: say('enterprise.see') }).first().click();
    await expect(desk).toHaveURL(/\/e\/[0-9a-z]{12}$/);
    await desk.getByRole('link', { name: say('share.title'), exact: true }).click();
    await expect(desk).toHaveURL(/\/share$/);
    await expect(desk.getByText(say('share.preview'))).toBeVisible();
    await accessible(desk);
    await desk.getByRole('button', { name: say('share.make') }).click();
    await expect(desk.getByText(say('share.made'))).toBeVisible();
    const link = (await desk.locator('.invite-link').textContent()) ?? '';
    expect(link).toContain('/s/');

    const stranger = await (await visitor({ baseURL: demo.url })).newPage();
    await stranger.goto(link);
    await expect(stranger.locator('.figure-count')).toHaveText(say('share.about_people', { count: '150' }));
    await expect(stranger.getByText(say('share.hidden')).first()).toBeVisible();
    await expect(stranger.locator('meta[name=robots]')).toHaveAttribute('content', 'noindex');
    await expect(stranger.locator('main a[href^="/e/"]')).toHaveCount(0);
    await accessible(stranger);
    const picture = await stranger.request.get(`${link}/picture.png`);
    expect(picture.headers()['content-type']).toBe('image/png');

    await desk.goto(desk.url());
    await expect(desk.getByText(/查看 1 次/)).toBeVisible();
    await desk.getByRole('button', { name: say('share.end'), exact: true }).click();
    await expect(desk.getByRole('button', { name: say('share.end'), exact: true })).toHaveCount(0);
    const gone = await stranger.request.get(link);
    expect(gone.status()).toBe(410);
  } finally {
    await demo.stop();
  }
});
