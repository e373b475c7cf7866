import { HttpError } from '../../jmap/errors';
import { ask, askJson } from '../../jmap/http';
import { showPasskey } from '../../jmap/passkey';

interface ProofState {
  fresh: boolean;
  methods: string[];
  publicKey?: Record<string, unknown>;
}

/** Whether one has shown a moment ago who one is: what changes signing in asks for it. */
export class Proof {
  /** What one may show; null: nothing is asked now. */
  asked = $state<ProofState | null>(null);
  private go: (() => void) | null = null;

  /** Runs work once it is shown who one is. */
  async before(work: () => void): Promise<void> {
    const state = await askJson<ProofState>('/auth/proof');
    if (state.fresh) {
      work();
      return;
    }
    this.asked = state;
    this.go = work;
  }

  /** False: it was not right. */
  async show(what: { password: string } | { code: string }): Promise<boolean> {
    try {
      await ask('/auth/proof', {
        method: 'POST',
        body: JSON.stringify(what),
        headers: { 'Content-Type': 'application/json' },
      });
    } catch (error) {
      if (error instanceof HttpError && error.status === 401) return false;
      throw error;
    }
    this.shown();
    return true;
  }

  async showKey(): Promise<void> {
    const passkey = await showPasskey(this.asked?.publicKey ?? {});
    await ask('/auth/proof', {
      method: 'POST',
      body: JSON.stringify({ passkey }),
      headers: { 'Content-Type': 'application/json' },
    });
    this.shown();
  }

  cancel(): void {
    this.asked = null;
    this.go = null;
  }

  private shown(): void {
    const { go } = this;
    this.cancel();
    go?.();
  }
}
