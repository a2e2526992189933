import { residentId } from './support/people';
import { claim, declare, enrol, lasts, scan } from './support/steps';
import { expect, test } from './support/test';
import { say } from './support/words';

test('people choose their department, and are counted and moved by it', async ({ visitor, enterprise }) => {
  test.slow();
  const person = { name: '黄试验', id: residentId('19900101', 31), phone: '13900000031' };

  const desk = await (await visitor({ javaScriptEnabled: true })).newPage();
  await enrol(desk, enterprise);
  const statistics = desk.url();

  // The representative adds two, mistypes, and loses nothing.
  await desk.getByRole('link', { name: say('department.title'), exact: true }).click();
  await expect(desk).toHaveURL(/\/departments$/);
  await expect(desk.getByText(say('department.none'))).toBeVisible();
  await lasts(desk);
  const names = desk.getByLabel(say('department.names'), { exact: true });
  const add = desk.getByRole('button', { name: say('department.add') });
  await names.fill('生产部\n<b>仓储部</b>');
  await add.click();
  await expect(desk.getByText(say('department.problem_of', { text: '<b>仓储部</b>', problem: say('department.problem_characters') }))).toBeVisible();
  await expect(names).toHaveValue('生产部\n<b>仓储部</b>');
  await names.fill('生产部\n仓储部');
  await add.click();
  await expect(desk.locator('.department')).toHaveCount(2);
  await expect(names).toHaveValue('');
  await lasts(desk);

  // An employee chooses one.
  await desk.goto(`${statistics}/invite`);
  const link = await scan(desk);
  const phone = await (await visitor()).newPage();
  await claim(phone, link, enterprise, person, '仓储部');
  await phone.locator('#residence').fill('广州市天河区试验路 1 号');
  await phone.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
  await declare(phone, { symptom: '没有出现症状', temperature: '36.5' });

  // Statistics show it; a tap leads to its people, a filter leaves them.
  await desk.goto(statistics);
  const row = (name: string) => desk.locator('.row', { hasText: name });
  await expect(row('仓储部').locator('.row-count')).toHaveText('1');
  await expect(row('生产部').locator('.row-count')).toHaveText('0');
  await row('生产部').getByRole('link', { name: say('statistics.filter_by', { answer: '生产部' }) }).click();
  await expect(desk).toHaveURL(/\?department=1$/);
  await expect(desk.locator('.chip')).toContainText('生产部');
  await expect(desk.getByText(say('statistics.no_match'))).toBeVisible();
  await desk.locator('.chip').click();
  await expect(desk).toHaveURL(statistics);
  await row('仓储部').locator('a.row-people').click();
  await expect(desk).toHaveURL(/\/people\?department=2$/);
  await expect(desk.getByText(say('statistics.count_of', { count: 1, of: 1 }))).toBeVisible();
  await expect(desk.locator('td.people-department')).toHaveText('仓储部');
  await lasts(desk);

  // The person moves, and comes back to the same page.
  await desk.getByRole('link', { name: person.name }).click();
  await desk.locator('summary', { hasText: say('department.move_person') }).click();
  await desk.getByLabel(say('statistics.department'), { exact: true }).selectOption({ label: '生产部' });
  await desk.getByRole('button', { name: say('department.save'), exact: true }).click();
  await expect(desk.locator('.facts dd', { hasText: '生产部' })).toBeVisible();
  await expect(desk).toHaveURL(/\/people\/[0-9a-f]{32}\?list=department/);
  await desk.goto(statistics);
  await expect(row('生产部').locator('.row-count')).toHaveText('1');

  // A department that is removed leaves its people behind, and asks first.
  await desk.goto(`${statistics}/departments`);
  await desk.getByRole('link', { name: say('department.change_named', { name: '生产部' }) }).click();
  await desk.getByRole('button', { name: say('department.remove') }).click();
  await expect(desk.getByRole('alert')).toHaveText(say('department.unconfirmed'));
  await desk.getByLabel(say('department.confirm', { name: '生产部', count: 1 })).check();
  await desk.getByRole('button', { name: say('department.remove') }).click();
  await expect(desk).toHaveURL(/\/departments$/);
  await expect(desk.locator('.department')).toHaveCount(1);
  await expect(desk.getByText(say('statistics.no_department'))).toBeVisible();
  await lasts(desk);
});
