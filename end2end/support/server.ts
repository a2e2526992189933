import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, copyFileSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { test } from '@playwright/test';
import { outlast } from './zone';

export type Database = 'sqlite' | 'postgres';

const PROGRAM = process.env.SHENBAO_PROGRAM ?? join(__dirname, '../../target/release/shenbao');
const SITE = process.env.SHENBAO_SITE ?? join(__dirname, '../../target/site');
/** The library of benches/bad-machine, whose clock jumps. */
const MACHINE = process.env.SHENBAO_BAD_MACHINE ?? join(__dirname, '../../target/debug/libbad_machine.so');

/** The program with a database, a key file and a port of its own. */
export class Server {
  private log = '';
  private program = PROGRAM;
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly environment: NodeJS.ProcessEnv,
    private child?: ChildProcess,
  ) {}

  /** `providers` is the operator's file of identity providers; where it `began` at some time, its clock can be set. */
  static async start(database: Database, command: 'serve' | 'demo' = 'serve', providers?: string, began?: Date): Promise<Server> {
    // Its enterprises are in Beijing's zone, and what they declared is of the day on which it began.
    if (command === 'demo') await outlast(test.info().timeout);
    const folder = mkdtempSync(join(tmpdir(), 'shenbao-browser-'));
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const server = new Server(url, folder, {
      ...process.env,
      SHENBAO_ADDR: `127.0.0.1:${port}`,
      SHENBAO_PUBLIC_URL: url,
      SHENBAO_DATABASE_URL: newDatabase(database, folder),
      SHENBAO_KEY_FILE: join(folder, 'shenbao.key'),
      LEPTOS_SITE_ROOT: SITE,
      LEPTOS_HASH_FILES: 'true',
      NO_COLOR: '1',
    });
    if (providers) {
      server.environment.SHENBAO_PROVIDERS = join(folder, 'providers.toml');
      writeFileSync(server.environment.SHENBAO_PROVIDERS, providers, { mode: 0o600 });
    }
    if (began) {
      if (!existsSync(MACHINE)) throw new Error(`no clock that can be set: cargo build --package bad-machine makes ${MACHINE}`);
      Object.assign(server.environment, { LD_PRELOAD: MACHINE, BAD_MACHINE_CLOCK: join(folder, 'clock') });
      server.setClock(began);
    }
    if (command === 'serve') server.run('key', 'new');
    await server.serve(command);
    return server;
  }

  /** A command of the operator's; answers what it printed. */
  run(...args: string[]): string {
    return execFileSync(this.program, args, { env: this.environment, cwd: this.folder, encoding: 'utf8' });
  }

  /** Another program holds every enterprise's row for so long; PostgreSQL only. Answers when it has let go. */
  async locked(seconds: number, meanwhile: () => Promise<void>): Promise<void> {
    const database = this.environment.SHENBAO_DATABASE_URL ?? '';
    const psql = spawn('psql', ['-qAt', '-d', database], { stdio: ['pipe', 'pipe', 'inherit'] });
    const held = new Promise((resolve) => psql.stdout.once('data', resolve));
    const ended = new Promise((resolve) => psql.once('exit', resolve));
    psql.stdin.end(`begin; select id from enterprise for update; select pg_sleep(${seconds}); commit;\n`);
    await held;
    await meanwhile();
    await ended;
  }

  /** From now on the server's clock shows this time, and goes on. Only one that `began` at some time. */
  setClock(time: Date): void {
    const ahead = Buffer.alloc(8);
    ahead.writeBigInt64LE(BigInt(Math.round((time.getTime() - Date.now()) / 1000)));
    // In its place: the program sees the file's bytes themselves.
    const file = openSync(join(this.folder, 'clock'), existsSync(join(this.folder, 'clock')) ? 'r+' : 'w');
    writeSync(file, ahead, 0, 8, 0);
    closeSync(file);
  }

  /** Another build takes its place, at the same address, with the same database and key. The files of the old one stay beside it, or are gone. */
  async update(oldFiles: 'stay' | 'go'): Promise<void> {
    const folder = mkdtempSync(join(this.folder, 'newer-'));
    this.program = join(folder, 'shenbao');
    copyFileSync(PROGRAM, this.program);
    writeNewer(folder, oldFiles === 'stay');
    this.environment.LEPTOS_SITE_ROOT = join(folder, 'site');
    await this.end();
    await this.serve('serve');
  }

  /** `expected` are lines of the log that a test brought about. */
  async stop(expected?: RegExp): Promise<void> {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
    // A panic or an error in the log fails the run even where the page looked fine.
    const log = this.log.split('\n').filter((line) => !expected?.test(line)).join('\n');
    if (/ ERROR |panicked/.test(log)) throw new Error(`the server's log has errors:\n${log.slice(-4000)}`);
  }

  private async end(): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  private async serve(command: string): Promise<void> {
    const child = spawn(this.program, [command], { env: this.environment, cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    child.stdout.on('data', (data) => (this.log += data));
    child.stderr.on('data', (data) => (this.log += data));
    for (let tries = 0; tries < 300; tries++) {
      if (child.exitCode !== null) throw new Error(`the server stopped:\n${this.log}`);
      const ready = await fetch(`${this.url}/readyz`).then((response) => response.ok, () => false);
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`the server is not ready after 30 s:\n${this.log}`);
  }
}

/** The files of a build that differs from the one at hand in every hash, and in nothing else. */
function writeNewer(folder: string, withOld: boolean): void {
  const hashes = readFileSync(join(dirname(PROGRAM), 'hash.txt'), 'utf8');
  const newer = (text: string) => text.replace(/\b[0-9a-f]{16}\b/g, (hash) => [...hash].reverse().join(''));
  writeFileSync(join(folder, 'hash.txt'), newer(hashes));
  const old = new Set(hashes.match(/\b[0-9a-f]{16}\b/g));
  const rename = (text: string) => [...old].reduce((text, hash) => text.replaceAll(hash, newer(hash)), text);
  cpSync(SITE, join(folder, 'site'), { recursive: true });
  const files = join(folder, 'site/pkg');
  for (const name of readdirSync(files)) {
    const to = rename(name);
    if (to === name) continue;
    // What is compressed ahead of time still names the old files.
    if (!/\.(br|gz)$/.test(name)) {
      const path = join(files, to);
      copyFileSync(join(files, name), path);
      if (!name.endsWith('.wasm')) writeFileSync(path, rename(readFileSync(path, 'utf8')));
    }
    if (!withOld) rmSync(join(files, name));
  }
}

function newDatabase(database: Database, folder: string): string {
  if (database === 'sqlite') return `sqlite:${join(folder, 'shenbao.db')}`;
  const cluster = process.env.SHENBAO_TEST_POSTGRES;
  if (!cluster) throw new Error('no PostgreSQL to test on: run `make test`, or `.ci/with-postgres npm run --prefix end2end test`');
  const name = `b${randomBytes(8).toString('hex')}`;
  execFileSync('psql', ['-q', '-d', `${cluster}/postgres`, '-c', `create database ${name}`]);
  return `${cluster}/${name}`;
}

/**
 * A port that nobody else takes until it is listened on: each worker counts up through a range of its own, which lies below those
 * that the system hands to outgoing connections (32768 and up), the browser's own among them.
 */
export async function freePort(): Promise<number> {
  const first = 21_000 + 2_000 * Number(process.env.TEST_PARALLEL_INDEX ?? 0);
  for (let tries = 0; tries < 2_000; tries++) {
    const port = first + (portsGiven++ % 2_000);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port from ${first} to ${first + 1_999}`);
}

let portsGiven = 0;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const listener = createServer();
    listener.once('error', () => resolve(false));
    listener.listen(port, '127.0.0.1', () => listener.close(() => resolve(true)));
  });
}
