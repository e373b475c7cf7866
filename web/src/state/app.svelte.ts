import { Client } from '../jmap/client';
import { Push } from '../jmap/push';
import { currentSession, signOut } from '../jmap/signin';
import type { Session } from '../jmap/types';

export type Phase = 'starting' | 'out' | 'ended' | 'in';

/** Who is signed in, and the one client. */
class App {
  phase = $state<Phase>('starting');
  #client: Client | null = null;
  #push: Push | null = null;

  /** Only while somebody is signed in. */
  get client(): Client {
    if (!this.#client) throw new Error('nobody is signed in');
    return this.#client;
  }

  get session(): Session {
    return this.client.session;
  }

  /** Looks who we are; what is shown follows. opened: run before the page is, with the client. */
  async enter(opened: (client: Client) => Promise<Push> | Push): Promise<void> {
    const session = await currentSession();
    if (!session) {
      this.phase = 'out';
      return;
    }
    this.#client = new Client(session, () => this.lost());
    this.#push = await opened(this.#client);
    this.#push.start();
    this.phase = 'in';
  }

  async leave(): Promise<void> {
    await signOut();
    this.lost();
  }

  private lost(): void {
    this.#push?.stop();
    this.#push = null;
    this.#client = null;
    this.phase = 'ended';
  }
}

export const app = new App();
