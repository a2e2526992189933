import { residentId } from './support/people';
import { declare } from './support/steps';
import { Server } from './support/server';
import { accessible, expect, test } from './support/test';
import { say } from './support/words';

// A tablet at the gate: two people declare on it one after the other, and the second finds nothing of the first.
test('two people declare on one tablet and leave nothing behind', async ({ visitor }) => {
  const demo = await Server.start('sqlite', 'demo');
  try {
    const desk = await (await visitor({ baseURL: demo.url })).newPage();
    await desk.goto('/');
    await desk.getByRole('button', { name: say('account.demo_enter') }).click();
    await expect(desk).toHaveURL(/\/e$/);
    await desk.getByRole('link', { name: say('enterprise.see') }).first().click();
    await expect(desk).toHaveURL(/\/e\/[0-9a-z]{12}$/);
    await desk.getByRole('link', { name: say('statistics.invite') }).click();
    await desk.getByRole('link', { name: say('tablet.title'), exact: true }).click();
    await expect(desk).toHaveURL(/\/tablets$/);
    await desk.getByRole('button', { name: say('tablet.make') }).click();
    await expect(desk.locator('.field-error')).toHaveText(say('tablet.problem_name'));
    await accessible(desk);
    await desk.getByLabel(say('tablet.name'), { exact: true }).fill('东门');
    await desk.getByRole('button', { name: say('tablet.make') }).click();
    await expect(desk.getByText(say('tablet.made'))).toBeVisible();
    await expect(desk.getByRole('img', { name: say('tablet.qr') })).toBeVisible();
    await accessible(desk);
    const link = (await desk.locator('#invite-words').textContent()) ?? '';

    const tablet = await (await visitor({ baseURL: demo.url })).newPage();
    await tablet.goto(link);
    await accessible(tablet);
    await tablet.getByRole('button', { name: say('tablet.set_up') }).click();
    await expect(tablet).toHaveURL(/\/tablet$/);
    await expect(tablet.getByText(say('tablet.sit_note'))).toBeVisible();
    await accessible(tablet);

    for (const [sequence, name] of [[801, '平板甲'], [802, '平板乙']] as const) {
      await expect(tablet.getByLabel(say('account.name'), { exact: true })).toHaveValue('');
      await tablet.getByLabel(say('account.consent_notice')).check();
      await tablet.getByLabel(say('account.consent_health')).check();
      await tablet.getByLabel(say('account.name'), { exact: true }).fill(name);
      await tablet.getByLabel(say('account.kind'), { exact: true }).selectOption({ label: say('account.resident_id') });
      await tablet.getByLabel(say('account.number'), { exact: true }).fill(residentId('19900101', sequence));
      await tablet.getByLabel(say('account.phone'), { exact: true }).fill('13900000000');
      const departments = tablet.getByLabel(say('account.department'), { exact: true });
      if (await departments.count()) await departments.selectOption({ label: say('account.department_none') });
      await tablet.getByRole('button', { name: say('app.go_sign_in') }).click();
      await expect(tablet).toHaveURL(/\/declare\/[0-9a-z]{12}$/);
      await tablet.locator('#residence').fill('广州');
      await tablet.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
      await declare(tablet, { symptom: '没有出现症状', temperature: '36.5' });
      await expect(tablet.getByText(say('declaration.level_tablet'))).toBeVisible();
      await tablet.getByRole('link', { name: say('tablet.next') }).click();
      await expect(tablet).toHaveURL(/\/tablet$/);
      const kept = await tablet.evaluate(() => Object.keys(localStorage).concat(Object.keys(sessionStorage)));
      expect(kept).toEqual([]);
      await tablet.goBack();
      await expect(tablet.getByText(name)).toHaveCount(0);
      await tablet.goto('/tablet');
    }

    // It is ended from the desk.
    await desk.goto(desk.url());
    await desk.getByRole('button', { name: say('tablet.end_named', { name: '东门' }) }).click();
    await expect(desk.getByRole('button', { name: say('tablet.end_named', { name: '东门' }) })).toHaveCount(0);
    const gone = await tablet.request.get('/tablet');
    expect(gone.status()).toBe(410);
  } finally {
    await demo.stop();
  }
});
