import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Page, expect } from '@playwright/test';
import type { Person } from './people';
import { freePort } from './server';

/** The invented identity provider of `idp/idp.mjs`, on a port of its own. */
export class Idp {
  private child?: ChildProcess;
  private constructor(private readonly port: number) {}

  static async new(): Promise<Idp> {
    return new Idp(await freePort());
  }

  /** What the operator writes into the file of identity providers. */
  toml(): string {
    const text = readFileSync(join(__dirname, '../../src/demo/idp.toml'), 'utf8');
    return text.replace('http://localhost:3009', `http://localhost:${this.port}`);
  }

  async start(server: string): Promise<void> {
    const environment = { ...process.env, IDP_PORT: String(this.port), IDP_REDIRECT: `${server}/auth/callback` };
    const child = spawn(process.execPath, [join(__dirname, '../idp/idp.mjs')], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    let said = '';
    child.stderr.on('data', (data) => (said += data));
    const ready = new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('exit', () => reject(new Error(`the identity provider stopped:\n${said}`)));
    });
    await ready;
  }

  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
}

type Way = { account?: string; button?: string };

/** On the provider's page: who one is, and a button. */
export async function face(page: Page, person: Omit<Person, 'phone'> & { phone?: string }, way: Way = {}): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('粤信签（演示）');
  await page.getByLabel('证件号码').fill(person.id);
  await page.getByLabel('姓名').fill(person.name);
  if (person.phone) await page.getByLabel('手机号码').fill(person.phone);
  await page.getByLabel(way.account ?? '个人账号').check();
  await page.getByRole('button', { name: way.button ?? '刷脸验证' }).click();
}
