/** What is being written. Small: the composer itself comes when somebody writes. */
import type { EmailAddress, Id } from '../jmap/types';
import type { Attached, Draft } from './draft';
import type { Kept } from './kept';

export type Kind = 'reply' | 'replyAll' | 'forward';

export type Task =
  | {
      what: 'new';
      to?: EmailAddress[];
      cc?: EmailAddress[];
      subject?: string;
      text?: string;
      /** Messages that are passed on as they are. */
      attached?: Attached[];
      source?: Draft['source'];
    }
  | { what: 'answer'; kind: Kind; emailId: Id; accountId?: Id | undefined }
  | { what: 'edit'; emailId: Id; accountId?: Id | undefined; anew?: boolean }
  | { what: 'kept'; kept: Kept };

export type Request = Task & { number: number };

class Writing {
  request = $state.raw<Request | null>(null);
  #count = 0;
  /** Of the open composer: saves what there is. */
  leave: (() => Promise<boolean>) | null = null;

  private async begin(task: Task): Promise<void> {
    if (this.leave && !(await this.leave())) return;
    this.request = { ...task, number: ++this.#count };
  }

  write(more: Omit<Extract<Task, { what: 'new' }>, 'what'> = {}): Promise<void> {
    return this.begin({ what: 'new', ...more });
  }

  /** accountId: where the message lies; missing: among one's own. */
  answer(kind: Kind, emailId: Id, accountId?: Id): Promise<void> {
    return this.begin({ what: 'answer', kind, emailId, accountId });
  }

  /** Goes on with a draft. anew: it was on its way, and is saved as what it is now. */
  edit(emailId: Id, accountId?: Id, anew = false): Promise<void> {
    return this.begin({ what: 'edit', emailId, accountId, anew });
  }

  /** Goes on with a draft that had not reached the server. */
  goOn(kept: Kept): Promise<void> {
    return this.begin({ what: 'kept', kept });
  }

  /** A link of mail: "mailto:a@b.example?subject=x". Only what a link may set is taken. */
  mailto(href: string): Promise<void> {
    const [path = '', query = ''] = href.replace(/^mailto:/i, '').split('?', 2);
    const fields = new URLSearchParams(query.replace(/\+/g, '%2B'));
    const people = (text: string): EmailAddress[] =>
      text
        .split(',')
        .map((one) => one.trim())
        .filter((one) => /^[^\s<>"]+@[^\s<>"]+$/.test(one))
        .map((email) => ({ name: null, email }));
    return this.write({
      to: people(safeDecode(path)),
      cc: people(fields.get('cc') ?? ''),
      subject: (fields.get('subject') ?? '').replace(/[\r\n]+/g, ' '),
      text: fields.get('body') ?? '',
    });
  }

  closed(): void {
    this.request = null;
    this.leave = null;
  }
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const writing = new Writing();
