import { Server } from './support/server';
import { accessible, expect, test } from './support/test';
import { say } from './support/words';

// From a chart to the people behind a mark, and a day's report as text and picture.
test('a representative follows a trend and makes the report of a day', async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const desk = await (await visitor({ baseURL: demo.url })).newPage();
    await desk.goto('/');
    await desk.getByRole('button', { name: say('account.demo_enter') }).click();
    await expect(desk).toHaveURL(/\/e$/);
    await desk.getByRole('link', { name: say('enterprise.see') }).first().click();
    await expect(desk).toHaveURL(/\/e\/[0-9a-z]{12}$/);
    const enterprise = desk.url();

    await desk.getByRole('link', { name: say('trend.title'), exact: true }).click();
    await expect(desk).toHaveURL(/\/trend$/);
    await expect(desk.locator('svg[role=group]').first().locator('a')).toHaveCount(7);
    await accessible(desk);
    await desk.getByRole('link', { name: say('trend.last_days', { days: 30 }), exact: true }).click();
    await expect(desk.locator('svg[role=group]').first().locator('a')).toHaveCount(30);
    await expect(desk.locator('table tbody tr')).toHaveCount(30);
    await accessible(desk);

    // The mark says how many, and so does the page behind it.
    const abnormal = desk.locator('section', { has: desk.getByRole('heading', { name: say('trend.abnormal') }) });
    const mark = abnormal.locator('svg a').last();
    const count = /(\d+)\s*\S+$/.exec((await mark.getAttribute('aria-label')) ?? '')?.[1] ?? '';
    expect(Number(count)).toBeGreaterThan(0);
    await mark.click();
    await expect(desk).toHaveURL(/state=abnormal/);
    await expect(desk.locator('.total .figure-count')).toHaveText(say('statistics.people_count', { count }));
    await expect(desk.locator('.chip', { hasText: say('statistics.abnormal') })).toBeVisible();
    await desk.getByRole('link', { name: say('statistics.go_and_see') }).click();
    await expect(desk).toHaveURL(/\/people\?/);

    await desk.goto(enterprise);
    await desk.getByRole('link', { name: say('report.title'), exact: true }).click();
    await expect(desk).toHaveURL(/\/report$/);
    await expect(desk.locator('#invite-words')).toContainText(say('report.title'));
    await expect(desk.getByText(say('report.exact'))).toBeVisible();
    await accessible(desk);
    const source = (await desk.getByRole('img', { name: say('report.picture_alt') }).getAttribute('src')) ?? '';
    const picture = await desk.request.get(source);
    expect(picture.headers()['content-type']).toBe('image/png');
    await desk.getByRole('link', { name: say('absent.earlier') }).click();
    await expect(desk).toHaveURL(/day=\d{4}-\d\d-\d\d/);

    // On paper there is the report and nothing to press.
    await desk.emulateMedia({ media: 'print' });
    await expect(desk.locator('dl').first()).toBeVisible();
    await expect(desk.getByRole('button')).toHaveCount(0);
    await expect(desk.getByRole('link', { name: say('app.back') })).toBeHidden();
    await desk.context().close();
  } finally {
    await demo.stop();
  }
});
