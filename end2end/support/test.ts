import AxeBuilder from '@axe-core/playwright';
import { type Browser, type BrowserContext, type BrowserContextOptions, type Page, test as base, expect } from '@playwright/test';
import { type Database, Server } from './server';
import { uscc, residentId } from './people';
import { type Zone, zone } from './zone';

export type Options = { database: Database };

/** An enterprise of its own with its representative, registered as the operator does it. */
export type Enterprise = { name: string; uscc: string; zone: Zone; representative: { name: string; id: string }; enrolment: string; invitation: string };

type Fixtures = {
  /** A browser of someone's own, of this project's kind; the test fails on anything that it complains about. */
  visitor: (options?: BrowserContextOptions) => Promise<BrowserContext>;
  enterprise: Enterprise;
};

let enterprises = 0;

export const test = base.extend<Fixtures & Options, { server: Server; workerDatabase: Database }>({
  database: ['sqlite', { option: true }],
  workerDatabase: [async ({}, use, info) => use((info.project.use as Options).database), { scope: 'worker' }],
  server: [
    async ({ workerDatabase }, use) => {
      const server = await Server.start(workerDatabase);
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  visitor: async ({ browser, contextOptions, server }, use, info) => {
    const watched = new Watched(browser, server.url, { ...kindOf(info.project.use), ...contextOptions });
    await use((options) => watched.open(options));
    await watched.close();
  },
  enterprise: async ({ server }, use, info) => {
    const number = info.workerIndex * 1000 + ++enterprises;
    await use(register(server, number));
  },
});

export { expect };

const KIND = ['viewport', 'deviceScaleFactor', 'hasTouch', 'isMobile', 'javaScriptEnabled', 'colorScheme', 'locale', 'timezoneId'] as const;

function kindOf(use: object): BrowserContextOptions {
  return Object.fromEntries(Object.entries(use).filter(([name]) => (KIND as readonly string[]).includes(name)));
}

/** Whether this project's pages run WASM. */
export const hasScript = (use: { javaScriptEnabled?: boolean }): boolean => use.javaScriptEnabled !== false;

const withoutScript = new WeakSet<BrowserContext>();

class Watched {
  private readonly contexts: BrowserContext[] = [];
  private readonly complaints: string[] = [];

  constructor(
    private readonly browser: Browser,
    private readonly url: string,
    private readonly kind: BrowserContextOptions,
  ) {}

  async open(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const all = { baseURL: this.url, ...this.kind, ...options };
    const context = await this.browser.newContext(all);
    if (!hasScript(all)) withoutScript.add(context);
    // A panic's stack is printed whole.
    await context.addInitScript({ content: 'Error.stackTraceLimit = 60' });
    context.on('console', (message) => {
      const said = message.text();
      // A page that answers 4xx on purpose is said by the browser to be a resource that failed.
      const refused = /^Failed to load resource: the server responded with a status of 4\d\d/.test(said);
      if (['error', 'warning', 'assert'].includes(message.type()) && !refused) this.complaints.push(`${message.type()}: ${said} (${message.page()?.url()})`);
    });
    context.on('weberror', (error) => this.complaints.push(`uncaught: ${error.error()}`));
    context.on('response', (response) => {
      if (response.status() >= 500) this.complaints.push(`${response.status()} ${response.url()}`);
    });
    this.contexts.push(context);
    return context;
  }

  async close(): Promise<void> {
    for (const context of this.contexts) await context.close();
    expect(this.complaints, 'what the browser complained about').toEqual([]);
  }
}

/** An enterprise as the operator adds it; answers its employees' link. */
export function invite(server: Server, number: number, name: string, { name: timezone } = zone()): string {
  const printed = server.run('enterprise', 'add', '--uscc', uscc(number), '--name', name, '--timezone', timezone);
  return printed.match(/http\S+\/i\/\S+/)?.[0] ?? '';
}

/** An enterprise with its representative, as the operator does it. */
export function register(server: Server, number: number, timezone = zone()): Enterprise {
  const code = uscc(number);
  // Of one length: no name stands within another.
  const name = `晨光试验企业${String(number).padStart(8, '0')}`;
  const representative = { name: '林晓晨', id: residentId('19800206', number % 1000) };
  const invitation = invite(server, number, name, timezone);
  server.run('representative', 'add', '--enterprise', code, '--name', representative.name, '--document', representative.id);
  const printed = server.run('representative', 'invite', '--enterprise', code);
  const enrolment = printed.split('\n').find((line) => line.includes('/enrol#'));
  if (!enrolment) throw new Error(`no enrolment link in:\n${printed}`);
  return { name, uscc: code, zone: timezone, representative, enrolment: enrolment.trim(), invitation };
}

/** A device with a fingerprint reader or a camera, which knows its owner. Gives a way to put another in its place. */
export async function withAuthenticator(page: Page): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const add = async () => {
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
    return authenticatorId;
  };
  let device = await add();
  return async () => {
    await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: device });
    device = await add();
  };
}

/** Wakes a page up, as the first touch does. Without JavaScript there is nothing to wait for. */
export async function awake(page: Page): Promise<void> {
  if (withoutScript.has(page.context())) return;
  await page.locator('body').dispatchEvent('pointermove');
  await expect(page.locator('html[data-awake]')).toHaveCount(1);
}

/** Nothing on this page that axe knows to be a barrier; axe itself needs JavaScript. An address is there before its page is: that is waited for. */
export async function accessible(page: Page): Promise<void> {
  if (withoutScript.has(page.context())) return;
  await page.waitForLoadState('domcontentloaded');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map((violation) => `${violation.id}: ${violation.help}\n  ${violation.nodes.map((node) => `${node.target} ${node.html}`).join('\n  ')}`);
  expect(found, page.url()).toEqual([]);
}
