import { type Server as Listener, type Socket, connect, createServer } from 'node:net';
import { freePort } from './server';

/** The line between a phone and the server: it can be cut, lose an answer, or take every cookie away. */
export class Line {
  private listener?: Listener;
  private readonly sockets = new Set<Socket>();
  private losing?: string;
  private constructor(
    private readonly port: number,
    private readonly server: string,
    private readonly withoutCookies: boolean,
  ) {}

  /** To this server; where `withoutCookies`, no browser gets to know one. */
  static async to(server: string, withoutCookies = false): Promise<Line> {
    const line = new Line(await freePort(), server, withoutCookies);
    await line.mend();
    return line;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  async mend(): Promise<void> {
    if (this.listener) return;
    const listener = createServer((phone) => this.join(phone));
    await new Promise<void>((resolve) => listener.listen(this.port, '127.0.0.1', resolve));
    this.listener = listener;
  }

  async cut(): Promise<void> {
    const listener = this.listener;
    this.listener = undefined;
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => (listener ? listener.close(() => resolve()) : resolve()));
  }

  /** A request that begins like this reaches the server, and its answer nobody, however often the browser asks by itself. */
  lose(request: string): void {
    this.losing = request;
  }

  private join(phone: Socket): void {
    const server = connect(Number(new URL(this.server).port), '127.0.0.1');
    let lost = false;
    const end = () => {
      for (const socket of [phone, server]) {
        socket.destroy();
        this.sockets.delete(socket);
      }
    };
    for (const socket of [phone, server]) {
      this.sockets.add(socket);
      socket.on('close', end);
      socket.on('error', end);
    }
    phone.on('data', (data) => {
      lost ||= this.losing !== undefined && data.includes(this.losing);
      server.write(data);
    });
    server.on('data', (data) => {
      if (lost) return end();
      phone.write(this.withoutCookies ? Buffer.from(data.toString('latin1').replace(/set-cookie:/gi, 'x-nothing-:'), 'latin1') : data);
    });
  }
}
