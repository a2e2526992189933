import { defineConfig } from '@playwright/test';
import { PHONE, PICTURE, SCRIPT } from './support/tags';
import type { Options } from './support/test';

/** Nothing leaves this machine: the browser resolves this machine's own name only. */
const chromium = {
  executablePath: process.env.SHENBAO_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost'],
};

/** A phone and a desk, each with WASM; and a phone that has no JavaScript at all. */
const browsers = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  desktop: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  plain: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, javaScriptEnabled: false },
} as const;

const databases = ['sqlite', 'postgres'] as const;

/** What does not touch the database is looked at once; the wrong turns are a phone's, with and without JavaScript. */
function ignored(browser: string, database: string): RegExp[] {
  const ignored: RegExp[] = [];
  if (database !== 'sqlite') ignored.push(/(screens|demo|everyone|language|parts|export|share|offline|odd|waking)\.spec/);
  else if (browser === 'plain') ignored.push(/(screens|everyone|parts|account|offline|odd)\.spec/);
  if (browser === 'desktop' || (browser === 'plain' && database !== 'sqlite')) ignored.push(/turns\.spec/);
  return ignored;
}

/** Where pictures are taken, only what takes some is asked. */
function asked(browser: string): RegExp {
  if (!process.env.SHENBAO_SCREENS) return /.*/;
  return new RegExp(browser === 'phone' ? PICTURE : `${PICTURE}(?!-)`);
}

export default defineConfig<Options, Options>({
  testDir: '.',
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  workers: 2,
  timeout: process.env.SHENBAO_SCREENS ? 300_000 : 90_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ...(process.env.SHENBAO_REPORT ? [['json', { outputFile: process.env.SHENBAO_REPORT }] as const] : [])],
  use: { locale: 'zh-CN', timezoneId: 'Asia/Shanghai', trace: 'off', screenshot: 'only-on-failure', launchOptions: chromium },
  projects: Object.entries(browsers).flatMap(([name, browser]) =>
    databases.map((database) => ({
      name: `${name}-${database}`,
      use: { ...browser, database },
      testIgnore: ignored(name, database),
      grep: asked(name),
      grepInvert: { phone: [], desktop: new RegExp(PHONE), plain: new RegExp(SCRIPT) }[name],
    })),
  ),
});
