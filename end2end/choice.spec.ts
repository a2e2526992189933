import { residentId } from './support/people';
import { take } from './support/picture';
import { claim, declare, enrol, lasts, scan } from './support/steps';
import { PICTURE } from './support/tags';
import { accessible, expect, test } from './support/test';
import { say } from './support/words';

const OTHER = '呼吸道传染病流行季健康申报';

test('the representative puts another questionnaire in force, and both are counted', { tag: PICTURE }, async ({ visitor, enterprise }) => {
  test.slow();
  const first = { name: '黄试验', id: residentId('19900101', 71), phone: '13900000071' };
  const second = { name: '陈试验', id: residentId('19900101', 72), phone: '13900000072' };

  const desk = await (await visitor({ javaScriptEnabled: true })).newPage();
  await enrol(desk, enterprise);
  const statistics = desk.url();
  await desk.goto(`${statistics}/invite`);
  const link = await scan(desk);

  // One declares by the questionnaire that is in force; another has its form open.
  const phone = await (await visitor()).newPage();
  await claim(phone, link, enterprise, first);
  await phone.locator('#residence').fill('广州市天河区试验路 1 号');
  await phone.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
  await declare(phone, { symptom: '没有出现症状', temperature: '36.5' });
  const open = await (await visitor()).newPage();
  await claim(open, link, enterprise, second);
  await open.locator('#residence').fill('广州市天河区试验路 2 号');

  // The representative looks at the other one, forgets the tick, and puts it in force.
  await desk.goto(statistics);
  await desk.getByRole('link', { name: say('choice.title'), exact: true }).click();
  await expect(desk).toHaveURL(/\/questionnaire$/);
  await expect(desk.getByText(say('choice.in_force'), { exact: true })).toBeVisible();
  await lasts(desk);
  await desk.getByRole('link', { name: say('choice.look_named', { title: OTHER }) }).click();
  await expect(desk.getByText(say('choice.changes', { count: 1 }))).toBeVisible();
  await expect(desk.getByText('咽痛').first()).toBeVisible();
  await lasts(desk);
  await take(desk, 'questionnaire-open');
  const choose = desk.getByRole('button', { name: say('choice.choose'), exact: true });
  await choose.click();
  await expect(desk.getByRole('alert')).toHaveText(say('choice.unconfirmed'));
  await take(desk, 'questionnaire-problem');
  await desk.getByLabel(say('choice.confirm', { title: OTHER })).check();
  await choose.click();
  await expect(desk).toHaveURL(/\/questionnaire$/);
  await expect(desk.locator('h2', { hasText: OTHER }).getByText(say('choice.in_force'))).toBeVisible();

  // The form that was open is taken, and the next one asks the new questions.
  await open.getByRole('group', { name: '1月份以来是否有省外旅行史' }).getByRole('radio').last().check();
  await declare(open, { symptom: '没有出现症状', temperature: '36.6' });
  await phone.goto(statistics.replace('/e/', '/declare/'));
  await expect(phone.getByText('咽痛').first()).toBeVisible();
  await expect(phone.locator('#residence')).toHaveValue('广州市天河区试验路 1 号');
  await phone.getByLabel('没有接种').check();
  await phone.getByLabel('没有不舒服').check();
  await phone.locator('#morning-temperature').fill('36.4');
  await phone.getByLabel('没有检测').check();
  await phone.getByRole('group', { name: '共同居住' }).getByRole('radio').last().check();
  await phone.getByRole('button', { name: say('declaration.to_check') }).click();
  await expect(phone.getByText(say('declaration.truthful'))).toBeVisible();
  await phone.getByRole('button', { name: say('declaration.submit'), exact: true }).click();
  await expect(phone).toHaveURL(/\/done\//);

  // Statistics are of one of them, and lead to the other.
  const [old] = await desk.locator('h2 .cell-label').allTextContents();
  await desk.goto(statistics);
  await expect(desk.getByText(say('statistics.under', { title: OTHER, count: 1 }))).toBeVisible();
  await take(desk, 'statistics-questionnaires');
  await desk.getByRole('link', { name: say('statistics.others_under', { title: old ?? '', count: 1 }) }).click();
  await expect(desk).toHaveURL(/\?questionnaire=guangdong-2020$/);
  await expect(desk.getByText(say('statistics.under_other', { title: old ?? '', count: 1 }))).toBeVisible();
  await lasts(desk);
  await desk.locator('.chip').click();
  await expect(desk).toHaveURL(statistics);
  // What nobody can ask for says so.
  await desk.goto(`${statistics}?symptoms=cold`);
  await expect(desk.getByRole('alert')).toHaveText(say('statistics.problem_answer'));
  await accessible(desk);
});
