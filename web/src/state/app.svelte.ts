import { Client } from '../jmap/client';
import { OfflineError } from '../jmap/errors';
import { Push } from '../jmap/push';
import { currentSession, signOut } from '../jmap/signin';
import type { Session } from '../jmap/types';
import { DeviceMemory, type Memory } from '../offline/memory';
import { leaving, wipe } from './device';
import { kept } from './kept.svelte';
import { leavePlace } from './place.svelte';
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
    if (leaving.owed) {
      await signOut().catch(notOffline);
      leaving.paid();
    }
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

function notOffline(error: unknown): void {
  if (error instanceof OfflineError) throw error;
}

/** Who is signed in, and the one client. */
class App {
  phase = $state<Phase>('starting');
  /** Whether the server answered the last time. */
  online = $state(true);
  #client: Client | null = null;
  #push: Push | null = null;
  #username = ''; // who was in on this page

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
    if (this.#username && this.#username !== session.username) {
      location.replace('/'); // nothing of the last one stays, not in our own variables either
      return;
    }
    this.#username = session.username;
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
    if (prefs.notify) void import('./notify.svelte').then((n) => n.beginNotifying(client));
  }

  /** Keeps what is read from now on, or forgets all that was kept. */
  async keepOnDevice(keep: boolean): Promise<void> {
    if (!keep) await this.#client?.memory?.clear();
    if (!this.#client) return;
    this.#client.memory = deviceMemory();
    await this.#client.memory?.put(SESSION, this.#client.session);
  }

  /** Signs out, and forgets all of it here; also when the server hears of it only later. */
  async leave(): Promise<void> {
    const client = this.#client;
    if (prefs.notify && client) await (await import('./notify.svelte')).turnOff(client);
    const heard = await signOut().then(
      () => true,
      () => false,
    );
    kept.forget();
    await wipe(client?.memory ?? null);
    if (!heard) leaving.owe();
    leavePlace();
    this.lost();
  }

  private lost(): void {
    void this.#client?.memory?.clear();
    this.#push?.stop();
    this.#push = null;
    this.#client = null;
    this.phase = 'ended';
  }
}

export const app = new App();
