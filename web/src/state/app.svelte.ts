import { Client } from '../jmap/client';
import { OfflineError } from '../jmap/errors';
import { Push } from '../jmap/push';
import { currentSession, signOut } from '../jmap/signin';
import type { Session } from '../jmap/types';
import { DeviceMemory, type Memory } from '../offline/memory';
import { prefs } from './prefs.svelte';

export type Phase = 'starting' | 'unreachable' | 'out' | 'ended' | 'in';

const SESSION = 'session';

/** What is kept on this device, if the person wants that. */
function deviceMemory(): Memory | null {
  return prefs.offline && 'indexedDB' in window ? new DeviceMemory() : null;
}

/** The session as the server has it, or as it was the last time. */
async function sessionOf(memory: Memory | null): Promise<Session | null> {
  try {
    const session = await currentSession();
    const kept = (await memory?.get(SESSION)) as Session | undefined;
    if (kept && kept.username !== session?.username) await memory?.clear();
    if (session) await memory?.put(SESSION, session);
    return session;
  } catch (error) {
    const kept = error instanceof OfflineError ? await memory?.get(SESSION) : undefined;
    if (kept) return kept as Session;
    throw error;
  }
}

/** Who is signed in, and the one client. */
class App {
  phase = $state<Phase>('starting');
  /** Whether the server answered the last time. */
  online = $state(true);
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

  /** Looks who we are; what is shown follows, while opened asks for what is in it. */
  async enter(opened: (client: Client) => Promise<Push>): Promise<void> {
    const memory = deviceMemory();
    const session = await sessionOf(memory).catch((error: unknown) => {
      if (!(error instanceof OfflineError)) throw error;
      this.phase = 'unreachable';
      return undefined;
    });
    if (session === undefined) return;
    if (!session) {
      this.phase = 'out';
      return;
    }
    this.#client = new Client(session, () => this.lost());
    this.#client.memory = memory;
    this.#client.reached = (yes) => (this.online = yes);
    const client = this.#client;
    const opening = opened(client);
    await Promise.resolve(); // its request goes out before the page is made
    this.phase = 'in';
    const push = await opening;
    if (this.#client !== client) return; // signed out meanwhile
    this.#push = push;
    push.start();
  }

  /** Keeps what is read from now on, or forgets all that was kept. */
  async keepOnDevice(keep: boolean): Promise<void> {
    if (!keep) await this.#client?.memory?.clear();
    if (!this.#client) return;
    this.#client.memory = deviceMemory();
    await this.#client.memory?.put(SESSION, this.#client.session);
  }

  async leave(): Promise<void> {
    await signOut();
    await this.#client?.memory?.clear();
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
