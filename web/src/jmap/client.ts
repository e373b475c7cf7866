import { recall, remember } from '../offline/answers';
import type { Memory } from '../offline/memory';
import { HttpError, MethodError, OfflineError } from './errors';
import { askJson, expand, ownPath } from './http';
import type { AnswerOf, ArgumentsOf, Method, ResultReference } from './methods';
import type { Id, Session } from './types';

type Invocation = [name: string, args: Record<string, unknown>, id: string];

interface Waiting {
  invocation: Invocation;
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
}

/** A call that goes out with the others of the same moment; ref() points into its answer. */
export class Call<M extends Method> implements PromiseLike<AnswerOf<M>> {
  constructor(
    readonly name: M,
    readonly id: string,
    readonly done: Promise<AnswerOf<M>>,
  ) {
    done.catch(() => undefined); // who does not look at it is not told
  }

  ref(path: string): ResultReference {
    return { resultOf: this.id, name: this.name, path };
  }

  then<A = AnswerOf<M>, B = never>(
    good?: ((answer: AnswerOf<M>) => A | PromiseLike<A>) | null,
    bad?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.done.then(good, bad);
  }
}

const KNOWN = [
  'urn:ietf:params:jmap:core',
  'urn:ietf:params:jmap:mail',
  'urn:ietf:params:jmap:submission',
  'urn:ietf:params:jmap:vacationresponse',
  'urn:ietf:params:jmap:sieve',
  'urn:ietf:params:jmap:blob',
  'urn:ietf:params:jmap:quota',
  'urn:ietf:params:jmap:mdn',
  'urn:ietf:params:jmap:principals',
  'urn:ietf:params:jmap:smimeverify',
  'https://postroad.org/jmap/signin',
  'https://postroad.org/jmap/settings',
  'https://postroad.org/jmap/recover',
  'https://postroad.org/jmap/snooze',
];

/**
 * Speaks JMAP. Calls made in one turn of the event loop go out as one request, in their order, so
 * that back-references work and a screen costs one round trip.
 */
export class Client {
  /** Where answers are kept for when there is no network; null: nowhere. */
  memory: Memory | null = null;
  /** Told whether the server could be reached, after each request. */
  reached: (yes: boolean) => void = () => undefined;
  private waiting: Waiting[] = [];
  private count = 0;
  private readonly using: string[];

  /** signedOut: told once the server no longer knows us. */
  constructor(
    readonly session: Session,
    private readonly signedOut: () => void,
  ) {
    this.using = KNOWN.filter((name) => name in session.capabilities);
  }

  call<M extends Method>(name: M, args: ArgumentsOf<M>): Call<M> {
    const id = String(this.count++);
    const done = new Promise<AnswerOf<M>>((resolve, reject) => {
      if (!this.waiting.length) queueMicrotask(() => void this.flush());
      this.waiting.push({
        invocation: [name, args as Record<string, unknown>, id],
        resolve: resolve as (answer: unknown) => void,
        reject,
      });
    });
    return new Call(name, id, done);
  }

  downloadPath(accountId: Id, blobId: Id, name: string, type: string): string {
    return expand(this.session.downloadUrl, { accountId, blobId, name, type });
  }

  uploadPath(accountId: Id): string {
    return expand(this.session.uploadUrl, { accountId });
  }

  private async flush(): Promise<void> {
    const batch = this.waiting;
    this.waiting = [];
    try {
      const said = await askJson<{ methodResponses: Invocation[] }>(
        ownPath(this.session.apiUrl),
        'POST',
        { using: this.using, methodCalls: batch.map((w) => w.invocation) },
      );
      const answers = byCall(said.methodResponses);
      settle(batch, answers);
      this.reached(true);
      if (this.memory)
        await remember(
          this.memory,
          batch.map((w) => w.invocation),
          answers,
        );
    } catch (error) {
      if (error instanceof HttpError && error.status === 401) this.signedOut();
      if (error instanceof OfflineError) await this.recalled(batch);
      for (const w of batch) w.reject(error as Error); // those that have no answer yet
    }
  }

  /** Answers from memory what it has. */
  private async recalled(batch: Waiting[]): Promise<void> {
    this.reached(false);
    if (!this.memory) return;
    const found = await recall(
      this.memory,
      batch.map((w) => w.invocation),
    );
    const answers = byCall(found);
    settle(
      batch.filter((w) => answers.has(w.invocation[2])),
      answers,
    );
  }
}

/** Each call's own answer: the first, if it has several (RFC 8620 section 3.3). */
function byCall(responses: Invocation[]): Map<string, Invocation> {
  const answers = new Map<string, Invocation>();
  for (const response of responses)
    if (!answers.has(response[2])) answers.set(response[2], response);
  return answers;
}

function settle(batch: Waiting[], answers: Map<string, Invocation>): void {
  for (const w of batch) {
    const [method, , id] = w.invocation;
    const answer = answers.get(id);
    if (!answer) w.reject(new MethodError(method, 'serverFail', 'no answer'));
    else if (answer[0] === 'error')
      w.reject(
        new MethodError(method, String(answer[1]['type']), asText(answer[1]['description'])),
      );
    else w.resolve(answer[1]);
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
