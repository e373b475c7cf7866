/** Drafts are saved as they are written. A saved message never changes: each save is a new one. */
import type { Id } from '../jmap/types';
import type { Desk } from './desk';
import { senderOf } from './desk';
import { isBlank, toEmail, type Draft } from './draft';

export type Saved = 'clean' | 'changed' | 'saving' | 'saved' | 'failed';

const QUIET_MS = 1500;
const LONGEST_MS = 10_000;

export class Saver {
  /** The draft as it lies in its folder; null: it never was saved. */
  emailId: Id | null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private since = 0;
  private running: Promise<void> | null = null;
  private dirty = false;

  constructor(
    private readonly desk: Desk,
    private readonly draft: () => Draft,
    private readonly told: (state: Saved) => void,
    emailId: Id | null = null,
  ) {
    this.emailId = emailId;
  }

  /** Something was written: saved after a pause, or after ten seconds of writing. */
  changed(): void {
    if (!this.dirty) this.since = Date.now();
    this.dirty = true;
    this.told('changed');
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
    this.told('saving');
    this.running = this.replace();
    try {
      await this.running;
      this.told(this.dirty ? 'changed' : 'saved');
      return true;
    } catch {
      this.dirty = true;
      this.told('failed');
      return false;
    } finally {
      this.running = null;
    }
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
    if (old) await client.call('Email/set', { accountId, destroy: [old] }).done.catch(() => null);
  }

  /** Nothing is saved any more; what was, goes. */
  async discard(): Promise<void> {
    this.stop();
    await this.running?.catch(() => undefined);
    const { client, accountId } = this.desk;
    if (this.emailId) await client.call('Email/set', { accountId, destroy: [this.emailId] });
    this.emailId = null;
  }

  stop(): void {
    clearTimeout(this.timer);
    this.dirty = false;
  }
}
