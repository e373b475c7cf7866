/** One message that is being written: what is known of it, and what is done with it. */
import { untrack } from 'svelte';
import { currentLanguage, t } from '../i18n/index.svelte';
import { sizeText } from '../ui/dates';
import { currentZone } from '../ui/zone.svelte';
import type { Client } from '../jmap/client';
import { ask } from '../jmap/http';
import { reasonOf } from '../state/reasons';
import { toast } from '../ui/toasts.svelte';
import { sameAddress, unique } from './address';
import { begin, type Words } from './begin';
import { recipients } from './checks';
import { identityOf, openDesk, type Desk, type Home } from './desk';
import { emptyDraft, type Draft } from './draft';
import { Editor, Inline, type Command } from './editor';
import { Files } from './files.svelte';
import { plainAsHtml } from './plain';
import { peopleOf } from './known';
import { Saver, type Saved } from './saver';
import { send } from './sending';
import { tellSent } from './sent';
import { signatureOf, signedAs } from './signed';
import { writing, type Request } from './writing.svelte';

const IN_TEXT = /^image\/(?:png|jpeg|gif|webp)$/;
const WIDTH_AT_FIRST = 640; // pixels

function words(): Words {
  const when = new Intl.DateTimeFormat(currentLanguage(), {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: currentZone(),
  });
  return {
    wrote: (date, who) => t('compose.wrote', { when: date, who }),
    forwarded: t('compose.forwarded'),
    from: t('compose.from'),
    to: t('compose.to'),
    cc: t('compose.cc'),
    date: t('compose.date'),
    subject: t('compose.subject'),
    when: (date) => when.format(date),
  };
}

function placeOf({ accountId, drafts }: Home): Home {
  return { accountId, drafts };
}

export class Composing {
  desk = $state.raw<Desk>();
  draft = $state<Draft>(emptyDraft());
  files = $state.raw<Files>();
  saved = $state<Saved>('clean');
  editor = $state.raw<Editor>();
  /** Formats under the cursor. */
  held = $state.raw(new Set<Command>());
  sending = $state(false);
  /** Pictures whose words and width are asked for, one after the other. */
  asked = $state.raw<HTMLImageElement[]>([]);
  #saver: Saver | undefined;
  /** Where drafts of it lie: elsewhere than at the desk, if another's draft is gone on with. */
  #home: Home | undefined;
  readonly #inline = new Inline();

  constructor(
    readonly request: Request,
    readonly client: Client,
  ) {}

  async open(): Promise<void> {
    const known = await openDesk(this.client);
    const begun = await begin(known, this.request, words());
    const home: Desk = { ...known, ...placeOf(begun.home) };
    await this.#loadInline(begun.draft, home);
    this.draft = begun.draft;
    this.desk = known;
    this.#home = home;
    this.files = new Files(home, this.changed, (name, most) => {
      const text = most
        ? t('compose.tooLarge', { name, most: sizeText(most, currentLanguage()) })
        : t('compose.uploadFailed', { name });
      toast(text, 'error');
    });
    this.files.list = begun.draft.attachments;
    const told = {
      state: (now: Saved) => (this.saved = now),
      elsewhere: () => toast(t('compose.elsewhere'), 'error'),
    };
    this.#saver = new Saver(home, this.whole, told, begun.saved);
    if (this.#unsaved && begun.draft.format === 'plain') this.changed();
    writing.leave = () => this.leave();
    void peopleOf(this.client)
      .open(known.sent, known.accountId)
      .catch(() => undefined); // the list of the house is there without it
  }

  /** The server is still to have it as it is. */
  get #unsaved(): boolean {
    const { request } = this;
    return request.what === 'kept' || (request.what === 'edit' && Boolean(request.anew));
  }

  stop(): void {
    this.#saver?.stop();
    this.editor?.close();
    this.#inline.close();
  }

  async #loadInline(d: Draft, from: Desk): Promise<void> {
    const pictures = d.attachments.filter((a) => a.cid && a.type.startsWith('image/'));
    await Promise.allSettled(
      pictures.map(async ({ blobId, name, type, cid }) => {
        const answer = await ask(from.client.downloadPath(from.accountId, blobId, name, type));
        this.#inline.add(cid ?? '', await answer.blob());
      }),
    );
  }

  /** The draft with what the editor and the files hold now. */
  readonly whole = (): Draft => {
    const now = $state.snapshot(this.draft) as Draft;
    if (this.editor) Object.assign(now, { html: this.editor.html, text: this.editor.text });
    if (this.files) now.attachments = this.files.list;
    return now;
  };

  /** What a template keeps: not the signature, which the next message has of its own. */
  readonly forTemplate = (): Draft => {
    const now = this.whole();
    if (!this.desk) return now;
    const { text } = signatureOf(identityOf(this.desk, now.identityId));
    const { body } = new DOMParser().parseFromString(now.html, 'text/html');
    body.querySelector('[data-signature]')?.remove();
    return {
      ...now,
      text: text ? signedAs(now.text, text, '') : now.text,
      html: body.innerHTML,
    };
  };

  readonly changed = (): void => this.#saver?.changed();

  /** The rich surface is there. Returns how it ends: it comes and goes with the format. */
  attach(surface: HTMLElement): () => void {
    const made = new Editor(surface, this.#inline, {
      input: this.changed,
      path: (now) => (this.held = now),
      files: (list) => void this.pictures(list),
    });
    untrack(() => (made.html = this.draft.html));
    this.saved = 'clean';
    this.#saver?.stop();
    this.editor = made;
    if (this.#unsaved) this.changed();
    return () => {
      this.editor = undefined;
      made.close();
    };
  }

  /** Pictures that every program shows go into the text, all else is attached. */
  async pictures(list: File[]): Promise<void> {
    for (const file of list) {
      if (!this.editor || !IN_TEXT.test(file.type)) {
        this.files?.add([file]);
        continue;
      }
      const cid = `${crypto.randomUUID()}@postroad`;
      if (!(await this.files?.inline(file, cid)) || !this.editor) continue;
      const picture = this.editor.picture(this.#inline.add(cid, file), cid);
      await picture.decode().catch(() => undefined);
      if (picture.naturalWidth > WIDTH_AT_FIRST) this.editor.describe(picture, '', WIDTH_AT_FIRST);
      this.asked = [...this.asked, picture];
    }
  }

  setFormat(format: Draft['format']): void {
    const now = this.whole();
    this.draft.text = now.text;
    if (format === 'rich') this.draft.html = this.#richOf(now.text);
    this.draft.format = format;
    this.changed();
  }

  /** Lines of plain text; the signature among them stays one that can be changed. */
  #richOf(text: string): string {
    const signature = signatureOf(this.desk && identityOf(this.desk, this.draft.identityId));
    const own = signature.text ? signedAs(text, signature.text, '') : text;
    return plainAsHtml(own) + (own === text ? '' : signature.html);
  }

  setIdentity(next: string): void {
    if (!this.desk) return;
    const [was, is] = [this.draft.identityId, next].map((id) => identityOf(this.desk as Desk, id));
    const [before, after] = [signatureOf(was), signatureOf(is)];
    const had = was?.bcc ?? [];
    const bcc = this.draft.bcc.filter(
      ({ email }) => !had.some((one) => sameAddress(one.email, email)),
    );
    this.draft.identityId = next;
    this.draft.bcc = unique([...bcc, ...(is?.bcc ?? [])]);
    if (this.editor) this.editor.sign(before.html, after.html);
    else this.draft.text = signedAs(this.draft.text, before.text, after.text);
    this.changed();
  }

  editQuote(): void {
    const { quote } = this.draft;
    if (!quote) return;
    const now = this.whole();
    this.draft.quote = null;
    this.draft.text = `${now.text}\n\n${quote.text}`;
    if (this.editor) this.editor.html = `${now.html}<div><br></div>${quote.html}`;
    this.changed();
  }

  removeQuote(): void {
    this.draft.quote = null;
    this.changed();
  }

  async useTemplate(emailId: string): Promise<void> {
    if (!this.desk) return;
    const { draft: found } = await begin(this.desk, { what: 'edit', emailId }, words());
    await this.#loadInline(found, this.desk);
    const { draft, files } = this;
    if (!draft.subject) draft.subject = found.subject;
    if (!recipients(draft).length) {
      const { to, cc, bcc } = found;
      Object.assign(draft, { to, cc, bcc });
    }
    if (files) files.list = [...files.list, ...found.attachments];
    if (this.editor) this.editor.insert(found.html || plainAsHtml(found.text));
    else this.draft.text = found.text + this.draft.text;
    this.changed();
  }

  /** Saves and closes. False: it could not be saved, so it stays. */
  async leave(): Promise<boolean> {
    if (this.#saver && !(await this.#saver.save())) {
      toast(t('compose.notSaved'), 'error');
      return false;
    }
    writing.closed();
    return true;
  }

  async discard(): Promise<void> {
    await this.#saver?.discard().catch(() => undefined);
    writing.closed();
    toast(t('compose.discarded'));
  }

  /** Sends it, at once or at a later hour. */
  async send(due: Date | null): Promise<void> {
    const [from, saver, last] = [this.desk, this.#saver, this.whole()];
    if (!from || !saver) return;
    this.sending = true;
    try {
      if (!(await saver.save())) throw new Error(t('compose.notSaved'));
      saver.stop();
      const lying = { ...placeOf(this.#home ?? from), emailId: saver.emailId };
      const sent = await send(from, last, lying, due);
      void peopleOf(this.client)
        .sent(recipients(last))
        .catch(() => undefined); // learned from sent mail the next time
      writing.closed();
      tellSent(from, sent, due);
    } catch (error) {
      this.sending = false;
      toast(t('compose.failed', { reason: reasonOf(error) }), 'error');
    }
  }
}
