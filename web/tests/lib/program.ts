import type { APIRequestContext, Page } from '@playwright/test';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cli } from './server';

export interface Tokens {
  access_token: string;
  refresh_token: string;
}

/** A program of the person's own machine (RFC 8252): it listens on a loopback port for its code. */
export class Program {
  private server: Server | null = null;
  private came: (query: URLSearchParams) => void = () => undefined;
  private back = '';

  private constructor(
    private readonly id: string,
    private readonly verifier: string,
  ) {}

  /** Added by the administrator under that name. */
  static add(name: string): Program {
    const words = ['oauth', 'client', 'add', name, '--redirect', 'http://127.0.0.1/back', '--json'];
    const { id } = JSON.parse(cli(words)) as { id: string };
    return new Program(id, randomBytes(32).toString('base64url'));
  }

  /** Sends the person's browser to be asked; allow presses what is to be pressed there. */
  async ask(page: Page, scope: string, allow: () => Promise<void>): Promise<URLSearchParams> {
    const answer = new Promise<URLSearchParams>((done) => (this.came = done));
    this.server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
      if (pathname === '/back') this.came(searchParams);
      response.end('You can go back to the program.');
    });
    await new Promise<void>((ready) => this.server!.listen(0, '127.0.0.1', ready));
    this.back = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/back`;
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: this.id,
      redirect_uri: this.back,
      scope,
      state: 's1',
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    await page.goto(`/oauth/authorize?${query.toString()}`);
    await allow();
    return answer;
  }

  /** What the code is worth. */
  async redeem(http: APIRequestContext, code: string): Promise<Tokens> {
    const answer = await http.post('/oauth/token', {
      form: {
        grant_type: 'authorization_code',
        client_id: this.id,
        code,
        redirect_uri: this.back,
        code_verifier: this.verifier,
      },
    });
    return (await answer.json()) as Tokens;
  }

  /** The status with which a refresh token is answered. */
  async refresh(http: APIRequestContext, token: string): Promise<number> {
    const answer = await http.post('/oauth/token', {
      form: { grant_type: 'refresh_token', client_id: this.id, refresh_token: token },
    });
    return answer.status();
  }

  close(): void {
    this.server?.closeAllConnections();
    this.server?.close();
    cli(['oauth', 'client', 'remove', this.id]);
  }
}

/** The status with which mail is told to who shows that token. */
export async function withToken(http: APIRequestContext, token: string): Promise<number> {
  const answer = await http.get('/jmap/session', { headers: { Authorization: `Bearer ${token}` } });
  return answer.status();
}
