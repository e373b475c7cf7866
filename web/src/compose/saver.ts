/** Drafts are saved as they are written. A saved message never changes: each save is a new one. */
import { OfflineError } from '../jmap/errors';
import type { Id } from '../jmap/types';
import type { Desk } from './desk';
import { forgetKept, keep } from './kept';
import { senderOf } from './desk';
import { isBlank, toEmail, type Draft } from './draft';

export type Saved = 'clean' | 'changed' | 'saving' | 'saved' | 'kept' | 'failed';

export interface Told {
  state: (now: Saved) => void;
  /** The draft was changed elsewhere too: both are there, and this goes on with its own. */
  elsewhere: () => void;
}

const QUIET_MS = 1500;
const LONGEST_MS = 10_000;
const AGAIN_MS = 5000; // after it could not be saved

export class Saver {
  /** The draft as it lies in its folder; null: it never was saved. */
  emailId: Id | null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private since = 0;
  private running: Promise<void> | null = null;
  private dirty = false;
  private stopped = false;
  private kept = true; // of an earlier day, perhaps

  constructor(
    private readonly desk: Desk,
    private readonly draft: () => Draft,
    private readonly told: Told,
    emailId: Id | null = null,
  ) {
    this.emailId = emailId;
  }

  /** Something was written: saved after a pause, or after ten seconds of writing. */
  changed(): void {
    if (!this.dirty) this.since = Date.now();
    this.dirty = true;
    this.stopped = false;
    this.told.state('changed');
    clearTimeout(this.timer);
    const left = Math.max(0, LONGEST_MS - (Date.now() - this.since));
    this.timer = setTimeout(() => void this.save(), Math.min(QUIET_MS, left));
  }

  /** Saves what has changed, one save after the other. False: it could not be saved. */
  async save(): Promise<boolean> {
    clearTimeout(this.timer);
    await this.running;
    if (!this.dirty || (isBlank(this.draft()) && !this.emailId)) return true;
    this.dirty = false;
    this.told.state('saving');
    this.running = this.replace();
    try {
      await this.running;
      this.told.state(this.dirty ? 'changed' : 'saved');
      if (this.kept) await forgetKept(this.desk.client);
      this.kept = false;
      return true;
    } catch (error) {
      await this.failed(error);
      return false;
    } finally {
      this.running = null;
    }
  }

  /** Kept here meanwhile, and tried again. */
  private async failed(error: unknown): Promise<void> {
    this.dirty = true;
    this.kept = true;
    const { accountId, drafts } = this.desk;
    const home = { accountId, drafts };
    await keep(this.desk.client, { draft: this.draft(), saved: this.emailId, home });
    this.told.state(error instanceof OfflineError ? 'kept' : 'failed');
    if (!this.stopped) this.timer = setTimeout(() => void this.save(), AGAIN_MS);
  }

  private async replace(): Promise<void> {
    const { client, accountId, drafts } = this.desk;
    const draft = this.draft();
    const old = this.emailId;
    const answer = await client.call('Email/set', {
      accountId,
      create: { d: toEmail(draft, senderOf(this.desk, draft.identityId), drafts) },
    });
    const created = answer.created?.['d'];
    if (!created) throw new Error(answer.notCreated?.['d']?.type ?? 'not saved');
    this.emailId = created.id;
    if (!old) return;
    const gone = await client
      .call('Email/set', { accountId, destroy: [old] })
      .done.catch(() => null);
    if (gone?.notDestroyed?.[old]?.type === 'notFound') this.told.elsewhere();
  }

  /** Nothing is saved any more; what was, goes. */
  async discard(): Promise<void> {
    this.stop();
    await this.running?.catch(() => undefined);
    const { client, accountId } = this.desk;
    if (this.emailId) await client.call('Email/set', { accountId, destroy: [this.emailId] });
    this.emailId = null;
    await forgetKept(client);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.stopped = true;
    this.dirty = false;
  }
}
