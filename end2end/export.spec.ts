import { readFile } from 'node:fs/promises';
import { Server } from './support/server';
import { accessible, expect, test } from './support/test';
import { say } from './support/words';

// The list of people as files: only after a fresh verification, and with what the filter in force comes to.
test('a representative exports whom the filter leaves', async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const desk = await (await visitor({ baseURL: demo.url, acceptDownloads: true, javaScriptEnabled: true })).newPage();
    await desk.goto('/');
    await desk.getByRole('button', { name: say('account.demo_enter') }).click();
    await expect(desk).toHaveURL(/\/e$/);
    await desk.getByRole('link', { name: say('enterprise.see') }).first().click();
    await expect(desk).toHaveURL(/\/e\/[0-9a-z]{12}$/);
    await desk.locator('a.row-filter').first().click();
    await expect(desk).toHaveURL(/\?/);
    // The address is there before its page is.
    await expect(desk.locator('.chip-cross').first()).toBeVisible();
    const filter = new URL(desk.url()).search;
    await desk.getByRole('link', { name: say('export.title'), exact: true }).click();
    await expect(desk).toHaveURL(new RegExp('/export\\?'));
    expect(new URL(desk.url()).search).toBe(filter);
    await accessible(desk);

    await desk.getByRole('button', { name: say('export.verify'), exact: true }).click();
    await expect(desk.getByText(say('export.verified'))).toBeVisible();
    await accessible(desk);
    const section = desk.locator('section').filter({ hasText: say('export.people') }).first();
    const promised = Number((await section.innerText()).match(/\d+/)?.[0]);
    const fetched = desk.waitForEvent('download');
    await section.getByRole('link', { name: say('export.csv'), exact: true }).click();
    const file = await fetched;
    expect(file.suggestedFilename()).toMatch(/^员工健康申报-.+\.csv$/);
    const text = await readFile(await file.path(), 'utf8');
    expect(text.charCodeAt(0)).toBe(0xfeff);
    expect(text.trimEnd().split('\r\n')).toHaveLength(promised + 1);
    expect(text.split('\r\n')[0]).toContain(say('statistics.document'));

    const workbook = desk.waitForEvent('download');
    await section.getByRole('link', { name: say('export.workbook'), exact: true }).click();
    expect((await readFile(await (await workbook).path())).subarray(0, 2).toString()).toBe('PK');
  } finally {
    await demo.stop();
  }
});
