import { residentId } from './support/people';
import { claim, declare, enrol, lasts, scan } from './support/steps';
import { expect, test } from './support/test';
import { say } from './support/words';

test('an employee looks, copies, withdraws, agrees again, and is deleted because they ask for it', async ({ visitor, enterprise }) => {
  test.slow();
  const person = { name: '黄权利', id: residentId('19900101', 61), phone: '13900000061' };
  const desk = await (await visitor({ javaScriptEnabled: true })).newPage();
  await enrol(desk, enterprise);
  const statistics = desk.url();
  await desk.getByRole('link', { name: say('statistics.invite') }).click();
  const link = await scan(desk);

  const phone = await (await visitor()).newPage();
  await claim(phone, link, enterprise, person);
  await phone.locator('#residence').fill('广州市天河区试验路 61 号');
  await phone.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
  await declare(phone, { symptom: '没有出现症状', temperature: '36.5' });

  // The representative has the full number shown; the employee sees who did.
  await desk.goto(`${statistics}/people`);
  await desk.getByRole('link', { name: person.name }).click();
  await expect(desk.getByText(person.id)).toHaveCount(0);
  await desk.getByRole('button', { name: say('statistics.numbers') }).click();
  await expect(desk.getByText(person.id)).toBeVisible();
  await phone.goto('/mine');
  await phone.locator('summary', { hasText: say('audit.looks') }).click();
  await expect(phone.getByText(say('audit.view_numbers'))).toBeVisible();
  await lasts(phone);

  // What is held: as text, as a file.
  await phone.getByRole('link', { name: say('rights.title') }).click();
  await expect(phone.getByText(person.name).first()).toBeVisible();
  await lasts(phone);
  const rights = phone.url();
  const file = await phone.request.get(`${rights}/copy.json`);
  expect(file.headers()['content-disposition']).toContain('attachment');
  expect((await file.json()).person.document.number).toBe(person.id);
  await phone.getByRole('link', { name: say('rights.copy_as_text') }).click();
  await expect(phone.locator('#copy')).toHaveValue(new RegExp(person.id));
  await phone.goto(rights);

  // Corrected by themselves.
  await phone.locator('summary', { hasText: say('rights.correct') }).click();
  await phone.getByLabel(say('account.name'), { exact: true }).fill('黄改正');
  await phone.getByRole('button', { name: say('rights.save') }).click();
  await expect(phone.getByText(say('rights.done_corrected'))).toBeVisible();
  await expect(phone.getByText('黄改正').first()).toBeVisible();

  // Withdrawn: the next form does not pass without both consents, and keeps what was typed.
  await phone.locator('summary', { hasText: say('rights.consent_health') }).click();
  await expect(phone.getByText(say('rights.withdraw_what')).last()).toBeVisible();
  await phone.getByRole('button', { name: say('rights.withdraw') }).last().click();
  await expect(phone.getByText(say('rights.done_withdrawn'))).toBeVisible();
  await lasts(phone);
  await phone.getByRole('link', { name: say('rights.consent_again') }).click();
  await expect(phone.getByText('您撤回过同意')).toBeVisible();
  await phone.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
  await phone.getByLabel('没有出现症状').check();
  await phone.locator('#temperature').fill('36.6');
  await phone.getByRole('button', { name: say('declaration.to_check') }).click();
  await expect(phone.locator('.error-summary').getByRole('link')).toHaveCount(2);
  await expect(phone.locator('#temperature')).toHaveValue('36.6');
  await phone.getByLabel(say('account.consent_notice')).check();
  await phone.getByLabel(say('account.consent_health')).check();
  await declare(phone, { symptom: '没有出现症状', temperature: '36.6' });

  // Asked, answered, deleted.
  await phone.goto(rights);
  await phone.locator('summary', { hasText: say('rights.ask_deletion') }).click();
  await phone.locator('#ask-deletion').fill('离职 <b>谢谢</b>');
  await phone.getByRole('button', { name: say('rights.ask_deletion') }).click();
  await expect(phone.getByText(say('rights.done_asked'))).toBeVisible();
  await expect(phone.getByText(say('rights.new'), { exact: true })).toBeVisible();
  await expect(phone.getByText('离职 <b>谢谢</b>')).toBeVisible();
  await desk.goto(statistics);
  await desk.getByRole('link', { name: say('rights.requests_link', { count: 1 }) }).click();
  await expect(desk.getByText('离职 <b>谢谢</b>')).toBeVisible();
  await lasts(desk);
  await desk.locator('summary', { hasText: say('rights.delete') }).click();
  await desk.getByRole('button', { name: say('rights.delete_confirm') }).click();
  await expect(desk.getByText(say('rights.done_deleted'))).toBeVisible();
  await desk.goto(statistics);
  await expect(desk.getByText(say('statistics.people_count', { count: 0 }), { exact: true })).toBeVisible();
  await phone.goto('/mine');
  await expect(phone.getByText(say('declaration.mine_nobody'), { exact: true })).toBeVisible();
  await phone.goto(rights);
  await expect(phone.getByRole('heading', { level: 1 })).toHaveText(say('error.invitation_required'));
});
