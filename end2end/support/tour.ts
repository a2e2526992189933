import { type Browser, type BrowserContext, type Page, expect } from '@playwright/test';
import { residentId } from './people';
import { say } from './words';

/** A page in a state that people meet, and how to come to it in any language. */
export type Stop = { name: string; page: Page; open: () => Promise<void> };

type Visitor = (options?: Parameters<Browser['newContext']>[0]) => Promise<BrowserContext>;

/** Everyone's pages of a demo server: of nobody, of an employee who has declared, and of a representative. */
export async function tour(visitor: Visitor, url: string): Promise<Stop[]> {
  const [stranger, employee, viewer] = [await open(visitor, url), await open(visitor, url), await open(visitor, url)];
  await viewer.goto('/');
  await viewer.getByRole('button', { name: say('account.demo_enter') }).click();
  await expect(viewer).toHaveURL(/\/e$/);
  const enterprise = new URL((await viewer.getByRole('link', { name: say('enterprise.see') }).first().getAttribute('href')) ?? '', url).pathname;
  await viewer.goto(`${enterprise}/invite`);
  const link = (await viewer.locator('.invite-link').textContent()) ?? '';
  await viewer.goto(`${enterprise}/people`);
  const person = (await viewer.locator('.people-name a').first().getAttribute('href')) ?? '';
  await viewer.goto(`${enterprise}/alerts`);
  const alert = (await viewer.locator('.page li > a.cell').first().getAttribute('href')) ?? '';
  await viewer.goto(`${enterprise}/managers`);
  const request = (await viewer.getByRole('link', { name: say('delegation.decide') }).getAttribute('href')) ?? '';
  await viewer.getByRole('button', { name: say('delegation.make_invitation') }).click();
  const joining = (await viewer.locator('#invite-words').textContent())?.match(/http\S+\/join\/\S+/)?.[0] ?? '';
  await viewer.goto(`${enterprise}/share`);
  await viewer.getByRole('button', { name: say('share.make') }).click();
  const shared = (await viewer.locator('.invite-link').textContent()) ?? '';

  await employee.goto(link);
  await fillClaim(employee);
  await employee.locator('main form button[type=submit], main form button:not([type])').last().click();
  await expect(employee).toHaveURL(/\/declare\/[0-9a-z]{12}$/);
  const form = new URL(employee.url()).pathname;
  await toCheck(employee);
  await employee.locator('#declaration button[value=submit]').click();
  await expect(employee).toHaveURL(/\/done\//);
  const receipt = new URL(employee.url()).pathname;

  const at = (name: string, page: Page, path: string): Stop => ({ name, page, open: async () => void (await page.goto(path)) });
  const after = (name: string, page: Page, path: string, act: () => Promise<void>): Stop => ({
    name,
    page,
    open: async () => {
      await page.goto(path);
      await act();
    },
  });
  const ofEnterprise = ['people', 'export', 'share', 'trend', 'report', 'invite', 'tablets', 'gate', 'departments', 'questionnaire', 'roster', 'absent', 'alerts', 'reminders', 'channels', 'audit', 'requests', 'managers'];
  return [
    at('entry', stranger, '/'),
    at('sign-in', stranger, '/sign-in'),
    at('enrol', stranger, '/enrol'),
    at('not-found', stranger, '/nowhere'),
    at('sign-in-required', stranger, enterprise),
    at('claim', stranger, link),
    after('claim-problems', stranger, link, async () => {
      await stranger.locator('main form button').last().click();
      await expect(stranger.locator('.error-summary')).toBeVisible();
    }),
    at('join', stranger, joining),
    at('shared', stranger, shared),
    at('declare', employee, form),
    after('declare-problems', employee, form, async () => {
      await employee.locator('#residence').fill('');
      await employee.locator('#declaration button[type=submit]').last().click();
      await expect(employee.locator('.error-summary')).toBeFocused();
    }),
    after('check', employee, form, () => toCheck(employee)),
    at('receipt', employee, receipt),
    at('mine', employee, '/mine'),
    at('rights', employee, form.replace('/declare/', '/mine/')),
    at('enterprises', viewer, '/e'),
    at('statistics', viewer, enterprise),
    after('statistics-filtered', viewer, enterprise, async () => {
      await viewer.locator('a.row-filter').first().click();
      await expect(viewer).toHaveURL(/\?/);
      await expect(viewer.locator('.chips')).toBeVisible();
    }),
    ...ofEnterprise.map((name) => at(name, viewer, `${enterprise}/${name}`)),
    at('import', viewer, `${enterprise}/roster/import`),
    at('person', viewer, person),
    at('on-behalf', viewer, `${person.split('?')[0]}/declare`),
    at('alert', viewer, alert),
    at('manager-request', viewer, request),
    at('messages', viewer, '/messages'),
    at('account', viewer, '/account'),
  ];
}

async function open(visitor: Visitor, baseURL: string): Promise<Page> {
  return (await visitor({ baseURL })).newPage();
}

/** Everything that the page of an invitation asks for. */
export async function fillClaim(page: Page, sequence = 51): Promise<void> {
  await page.locator('#name').fill('黄人人');
  await page.locator('#number').fill(residentId('19900101', sequence));
  await page.locator('#phone').fill('13900000051');
  for (const consent of await page.locator('main form input[type=checkbox]').all()) await consent.check();
  const department = page.locator('#department');
  if (await department.count()) await department.selectOption({ index: 1 });
}

let houses = 1;

/** Answers the form with a fever, and goes on to the page 请核对. */
async function toCheck(page: Page): Promise<void> {
  // Not what was said last time: that would be no answer that somebody has just typed.
  await page.locator('#residence').fill(`广州市天河区试验路 ${++houses} 号`);
  await page.locator('#declaration fieldset').first().getByRole('radio').last().check();
  await page.locator('#declaration input[data-exclusive]').first().check();
  await page.locator('#temperature').fill('37.8');
  await page.locator('#declaration button[type=submit]').last().click();
  await expect(page.locator('.check-heading').first()).toBeVisible();
}
