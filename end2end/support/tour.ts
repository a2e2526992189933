import { type Browser, type BrowserContext, type Page, expect } from '@playwright/test';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import { residentId } from './people';
import { say } from './words';

/** A page in a state that people meet, and how to come to it in any language. */
export type Stop = {
  name: string;
  page: Page;
  /** Its address, and what is to be done there. */
  path: string;
  open: () => Promise<void>;
  /** Nothing in it wakes up: it is no page of the table. */
  plain?: true;
  /** It says everything in both languages. */
  bilingual?: true;
};

type Visitor = (options?: Parameters<Browser['newContext']>[0]) => Promise<BrowserContext>;

/** Everyone's pages of a demo server: of nobody, of an employee who has declared, of a representative, of a tablet, and of a guard. */
export async function tour(visitor: Visitor, url: string): Promise<Stop[]> {
  const [stranger, employee, viewer, tablet, guard] = [await open(visitor, url), await open(visitor, url), await open(visitor, url), await open(visitor, url), await open(visitor, url)];
  const found = await prepare(viewer, url);
  const { enterprise } = found;
  await tablet.goto(found.tablet);
  await tablet.locator('main form button').click();
  await expect(tablet).toHaveURL(/\/tablet$/);
  const { form, receipt, same, pass } = await declared(employee, found.link);

  const at = (name: string, page: Page, path: string): Stop => ({ name, page, path, open: async () => void (await page.goto(path)) });
  const after = (name: string, page: Page, path: string, act: () => Promise<void>): Stop => ({
    name,
    page,
    path,
    open: async () => {
      await page.goto(path);
      await act();
    },
  });
  const ofEnterprise = ['people', 'export', 'share', 'trend', 'report', 'invite', 'tablets', 'gate', 'departments', 'questionnaire', 'roster', 'absent', 'alerts', 'reminders', 'channels', 'audit', 'requests', 'managers'];
  return [
    at('entry', stranger, '/'),
    at('stopped', stranger, '/auth/stopped?why=verification-cancelled&again=%2Fsign-in'),
    at('sign-in', stranger, '/sign-in'),
    at('enrol', stranger, '/enrol'),
    at('not-found', stranger, '/nowhere'),
    at('sign-in-required', stranger, enterprise),
    at('claim', stranger, found.link),
    after('claim-problems', stranger, found.link, async () => {
      await stranger.locator('main form button').last().click();
      await expect(stranger.locator('.error-summary')).toBeVisible();
    }),
    at('join', stranger, found.joining),
    at('shared', stranger, found.shared),
    at('set-up', stranger, found.setUp),
    { ...at('offline', stranger, '/offline'), plain: true, bilingual: true },
    at('tablet', tablet, '/tablet'),
    at('declare', employee, form),
    after('declare-problems', employee, form, async () => {
      await employee.locator('#residence').fill('');
      await employee.locator('#declaration button[type=submit]').last().click();
      await expect(employee.locator('.error-summary')).toBeFocused();
    }),
    after('check', employee, form, () => toCheck(employee)),
    at('repeat', employee, same),
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
    at('person', viewer, found.person),
    at('on-behalf', viewer, `${found.person.split('?')[0]}/declare`),
    at('on-behalf-of-line', viewer, found.line),
    at('alert', viewer, found.alert),
    at('alert-attention', viewer, found.attention),
    at('manager-request', viewer, found.request),
    at('messages', viewer, '/messages'),
    at('account', viewer, '/account'),
    { ...at('guards', guard, found.guards), plain: true },
    {
      ...after('guards-checked', guard, found.guards, async () => {
        await guard.locator('#code').fill(await pass());
        await guard.locator('#paste button').click();
        await expect(guard.locator('#said .pass')).toBeVisible();
      }),
      plain: true,
    },
    // Each pass is good for a few minutes.
    { name: 'scanned', page: guard, path: await pass(), open: async () => void (await guard.goto(await pass())), plain: true },
    { ...at('scanned-forged', guard, `/g/${'A'.repeat(128)}`), plain: true },
  ];
}

/** Where a representative finds what the tour leads to; what is to be found nowhere yet, they make. */
async function prepare(viewer: Page, url: string) {
  const first = async (path: string, link: string): Promise<string> => {
    await viewer.goto(path);
    return (await viewer.locator(link).first().getAttribute('href')) ?? '';
  };
  const words = async (): Promise<string> => (await viewer.locator('#invite-words').textContent())?.match(/http\S+/)?.[0] ?? '';
  await viewer.goto('/');
  await viewer.getByRole('button', { name: say('account.demo_enter') }).click();
  await expect(viewer).toHaveURL(/\/e$/);
  const enterprise = new URL((await viewer.getByRole('link', { name: say('enterprise.see') }).first().getAttribute('href')) ?? '', url).pathname;
  await viewer.goto(`${enterprise}/invite`);
  const link = (await viewer.locator('.invite-link').textContent()) ?? '';
  const person = await first(`${enterprise}/people`, '.people-name a');
  const line = await first(`${enterprise}/absent`, `a[href^="${enterprise}/roster/"][href$="/declare"]`);
  const alert = await first(`${enterprise}/alerts`, '.page li > a.cell');
  const attention = await first(`${enterprise}/alerts?severity=attention`, '.page li > a.cell');
  await viewer.goto(`${enterprise}/managers`);
  const request = (await viewer.getByRole('link', { name: say('delegation.decide') }).getAttribute('href')) ?? '';
  await viewer.getByRole('button', { name: say('delegation.make_invitation') }).click();
  const joining = await words();
  await viewer.goto(`${enterprise}/share`);
  await viewer.getByRole('button', { name: say('share.make') }).click();
  const shared = (await viewer.locator('.invite-link').textContent()) ?? '';
  await viewer.goto(`${enterprise}/gate`);
  const guards = await words();
  const makeTablet = async (name: string): Promise<string> => {
    await viewer.goto(`${enterprise}/tablets`);
    await viewer.getByLabel(say('tablet.name'), { exact: true }).fill(name);
    await viewer.getByRole('button', { name: say('tablet.make') }).click();
    await expect(viewer.getByText(say('tablet.made'))).toBeVisible();
    return words();
  };
  return { enterprise, link, person, line, alert, attention, request, joining, shared, guards, setUp: await makeTablet('东门'), tablet: await makeTablet('西门') };
}

/** An employee claims, and declares a fever. */
async function declared(employee: Page, link: string) {
  await employee.goto(link);
  await fillClaim(employee);
  await employee.locator('main form button[type=submit], main form button:not([type])').last().click();
  await expect(employee).toHaveURL(/\/declare\/[0-9a-z]{12}$/);
  const form = new URL(employee.url()).pathname;
  await toCheck(employee);
  await employee.locator('#declaration button[value=submit]').click();
  await expect(employee).toHaveURL(/\/done\//);
  const receipt = new URL(employee.url()).pathname;
  const picture = (await employee.locator('.pass-qr').getAttribute('src')) ?? '';
  const pass = async (): Promise<string> => {
    const png = PNG.sync.read(await (await employee.request.get(picture)).body());
    return jsQR(new Uint8ClampedArray(png.data), png.width, png.height)?.data ?? '';
  };
  await employee.goto(form);
  const same = (await employee.getByRole('link', { name: say('declaration.same') }).getAttribute('href')) ?? '';
  return { form, receipt, same, pass };
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
