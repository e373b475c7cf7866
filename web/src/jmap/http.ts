import { HttpError, OfflineError } from './errors';

/** Closes the way to requests that other sites make in a person's name: docs/SIGNIN.md. */
const OWN_REQUEST = { 'Postroad-Request': '1' };

async function problemOf(answer: Response): Promise<Record<string, unknown>> {
  try {
    const said: unknown = await answer.json();
    return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Asks our own server. HttpError for what is no success, OfflineError when nobody answers. */
export async function ask(path: string, options: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      ...options,
      credentials: 'same-origin',
      headers: { ...OWN_REQUEST, ...(options.headers as Record<string, string> | undefined) },
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new OfflineError();
  }
  if (!answer.ok) throw new HttpError(answer.status, await problemOf(answer));
  return answer;
}

export async function askJson<T>(path: string, method = 'GET', body?: unknown): Promise<T> {
  const options: RequestInit = { method };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { 'Content-Type': 'application/json' };
  }
  const answer = await ask(path, options);
  return (await answer.json()) as T;
}

/** The session names whole addresses; the page speaks only to where it came from. */
export function ownPath(url: string): string {
  const parsed = new URL(
    url.replace(/[{}]/g, (c) => (c === '{' ? '%7B' : '%7D')),
    location.origin,
  );
  return (parsed.pathname + parsed.search).replace(/%7B/gi, '{').replace(/%7D/gi, '}');
}

/** Fills in a template of level 1 (RFC 6570). */
export function expand(template: string, values: Record<string, string>): string {
  return ownPath(template).replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(values[name] ?? ''),
  );
}
