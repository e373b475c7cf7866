import { downloadText, uploadText } from '../../jmap/text_blob';
import type { SieveScript } from '../../jmap/types';
import { app } from '../../state/app.svelte';
import { wanted } from '../change.svelte';
import { noRules, type Rules } from './model';
import { fromSieve, toSieve } from './sieve';

/** The page's own script among those of the person. */
export const SCRIPT_NAME = 'Postroad rules';

/** The rules as the server has them. */
export class RuleStore {
  readonly accountId = app.session.primaryAccounts['urn:ietf:params:jmap:sieve'] ?? '';
  rules = $state<Rules>(noRules);
  loaded = $state(false);
  /** Another script is the active one: ours would take its place. */
  otherActive = $state<string | null>(null);
  /** Somebody changed our script by other means: it cannot be shown as rules. */
  foreign = $state(false);
  private script: SieveScript | null = null;

  async load(): Promise<void> {
    const { list } = await app.client.call('SieveScript/get', { accountId: this.accountId });
    this.script = list.find((s) => s.name === SCRIPT_NAME) ?? null;
    this.otherActive = list.find((s) => s.isActive && s.name !== SCRIPT_NAME)?.name ?? null;
    const text = this.script
      ? await downloadText(app.client, this.accountId, this.script.blobId)
      : '';
    const rules = fromSieve(text);
    this.foreign = rules === null;
    this.rules = rules ?? noRules;
    this.loaded = true;
  }

  /** Keeps them, and makes them what runs. */
  async save(rules: Rules): Promise<void> {
    const { accountId } = this;
    const text = toSieve(rules);
    const blobId = await uploadText(app.client, accountId, text, 'application/sieve');
    const id = this.script?.id;
    wanted(
      await app.client.call('SieveScript/set', {
        accountId,
        ...(id
          ? { update: { [id]: { blobId } } }
          : { create: { rules: { name: SCRIPT_NAME, blobId } } }),
        onSuccessActivateScript: id ?? '#rules',
      }),
    );
    await this.load();
  }
}
