import { residentId } from './support/people';
import { enrol, lasts } from './support/steps';
import { accessible, expect, test, withAuthenticator } from './support/test';
import { say } from './support/words';

test('a manager asks on a phone, is authorised by passkey, sees that and no more, and nothing once it is taken back', async ({ visitor, enterprise }, info) => {
  test.slow();
  const person = { name: '周试管', id: residentId('19850505', 300 + info.workerIndex), phone: '13900000300' };
  const desk = await (await visitor({ javaScriptEnabled: true })).newPage();
  await enrol(desk, enterprise);
  const statistics = desk.url();
  await desk.getByRole('link', { name: say('delegation.title'), exact: true }).click();
  await expect(desk).toHaveURL(`${statistics}/managers`);
  await lasts(desk);
  await desk.getByRole('button', { name: say('delegation.make_invitation') }).click();
  const words = await desk.locator('#invite-words').textContent();
  const link = words?.match(/http\S+\/join\/\S+/)?.[0] ?? '';
  await accessible(desk);

  // Who asks, first with mistakes, which keep what was typed.
  const phone = await (await visitor()).newPage();
  await phone.goto(link);
  await expect(phone.getByText(enterprise.uscc)).toBeVisible();
  await lasts(phone);
  const send = phone.getByRole('button', { name: say('delegation.join_send') });
  await phone.getByLabel(say('account.name'), { exact: true }).fill(person.name);
  await phone.getByLabel(say('account.number'), { exact: true }).fill('99999919900101001');
  await send.click();
  await expect(phone.locator('.error-summary').getByRole('link', { name: say('delegation.problem_reason_empty') })).toBeVisible();
  await expect(phone.getByLabel(say('account.name'), { exact: true })).toHaveValue(person.name);
  await accessible(phone);
  await phone.getByLabel(say('account.number'), { exact: true }).fill(person.id);
  await phone.getByLabel(say('account.phone'), { exact: true }).fill(person.phone);
  await phone.getByLabel(say('delegation.reason'), { exact: true }).fill('人事');
  await send.click();
  await expect(phone.locator('.error-summary').getByRole('link', { name: say('delegation.problem_consent') })).toBeVisible();
  await phone.getByLabel(say('delegation.join_consent')).check();
  await send.click();
  await expect(phone.getByText(say('delegation.sent'), { exact: true })).toBeVisible();
  await lasts(phone);

  // The representative is told, chooses, and verifies themselves for exactly that.
  await desk.goto(statistics);
  await desk.getByRole('link', { name: say('message.unread_count', { count: 1 }) }).click();
  await expect(desk).toHaveURL(/\/messages$/);
  await accessible(desk);
  await desk.getByRole('button', { name: say('message.manager_requested', { enterprise: enterprise.name }) }).click();
  await expect(desk.getByText(person.name)).toBeVisible();
  await accessible(desk);
  await desk.getByRole('link', { name: say('delegation.decide') }).click();
  await expect(desk.getByText(say('delegation.know_them'))).toBeVisible();
  await lasts(desk);
  await desk.getByLabel(say('delegation.may_people')).check();
  await desk.getByRole('button', { name: say('delegation.next') }).click();
  await expect(desk.getByText(say('delegation.confirm_title'))).toBeVisible();
  await lasts(desk);
  await desk.getByRole('button', { name: say('delegation.grant_by_passkey') }).click();
  await expect(desk).toHaveURL(`${statistics}/managers`);
  await desk.getByRole('button', { name: say('delegation.make_link'), exact: true }).click();
  const enrolment = (await desk.locator('#invite-words').textContent())?.match(/http\S+\/enrol#\S+/)?.[0] ?? '';

  // The manager registers a device of their own.
  const own = await (await visitor({ javaScriptEnabled: true })).newPage();
  await withAuthenticator(own);
  await own.goto(enrolment);
  const make = own.getByRole('button', { name: say('account.make_passkey') });
  await expect(make).toBeEnabled();
  await own.getByLabel(say('account.last_six'), { exact: true }).fill(person.id.slice(-6));
  await make.click();
  await expect(own).toHaveURL(statistics);
  await expect(own.getByRole('heading', { level: 1 })).toHaveText(enterprise.name);
  await expect(own.getByRole('link', { name: say('delegation.title'), exact: true })).toHaveCount(0);
  await expect(own.getByRole('link', { name: say('audit.title') })).toHaveCount(0);
  await expect(own.getByRole('link', { name: say('statistics.invite') })).toHaveCount(0);
  await lasts(own);
  for (const hidden of ['managers', 'audit', 'invite']) {
    await own.goto(`${statistics}/${hidden}`);
    await expect(own.getByRole('heading', { level: 1 })).toHaveText(say('error.not_found'));
  }
  await own.goto('/e');
  await expect(own.getByText(say('delegation.manager'), { exact: true })).toBeVisible();
  await accessible(own);
  await own.getByRole('link', { name: say('enterprise.see') }).click();
  await expect(own).toHaveURL(statistics);

  // Taken back: the next click finds nothing.
  await desk.goto(`${statistics}/managers`);
  await desk.getByRole('button', { name: say('delegation.revoke') }).click();
  await expect(desk.getByText(say('delegation.ended_revoked'))).toBeVisible();
  await own.getByRole('link', { name: say('statistics.go_and_see') }).click();
  await expect(own.getByRole('heading', { level: 1 })).toHaveText(say('error.not_found'));
  await own.goto('/e');
  await expect(own.getByText(say('enterprise.none'))).toBeVisible();
  await own.getByRole('link', { name: say('message.title') }).click();
  await expect(own.getByText(say('message.manager_revoked', { enterprise: enterprise.name }))).toBeVisible();
  await accessible(own);
});
