/** The service worker's part of new mail: what a push service brings, and what a click means. */
import { newest, noteOf, type Asker } from './newmail';

const MAIL = 'urn:ietf:params:jmap:mail';
const USING = ['urn:ietf:params:jmap:core', MAIL];
const HEADERS = { 'Content-Type': 'application/json', 'Postroad-Request': '1' };

interface Session {
  apiUrl: string;
  primaryAccounts: Record<string, string>;
}

interface Said {
  '@type'?: string;
  pushSubscriptionId?: string;
  verificationCode?: string;
  changed?: Record<string, Record<string, string>>;
}

async function session(): Promise<Session> {
  const answer = await fetch('/jmap/session', { credentials: 'same-origin' });
  if (!answer.ok) throw new Error(`session: ${answer.status}`);
  return (await answer.json()) as Session;
}

function askerOf({ apiUrl }: Session): Asker {
  const path = new URL(apiUrl, location.origin).pathname;
  return async (calls) => {
    const methodCalls = calls.map(([name, args], i) => [name, args, String(i)]);
    const answer = await fetch(path, {
      method: 'POST',
      credentials: 'same-origin',
      headers: HEADERS,
      body: JSON.stringify({ using: USING, methodCalls }),
    });
    if (!answer.ok) throw new Error(`api: ${answer.status}`);
    const said = (await answer.json()) as { methodResponses: [string, unknown, string][] };
    return said.methodResponses.map(([, value]) => value);
  };
}

/** What a push service brings: the proof that it reaches us (RFC 8620 section 7.2.2), or news. */
export async function told(said: Said, show: ServiceWorkerRegistration): Promise<void> {
  const here = await session();
  const ask = askerOf(here);
  if (said['@type'] === 'PushVerification') {
    const { pushSubscriptionId: id = '', verificationCode } = said;
    await ask([['PushSubscription/set', { update: { [id]: { verificationCode } } }]]);
    return;
  }
  const own = here.primaryAccounts[MAIL] ?? '';
  if (said['@type'] !== 'StateChange' || !said.changed?.[own]) return;
  const mail = await newest(ask, own);
  if (!mail) return;
  const { title, options } = noteOf(mail);
  await show.showNotification(title, options);
}

/** A page that is open goes there, else one is opened. Nothing else opens a message (P13). */
export async function clicked(place: string, clients: Clients): Promise<void> {
  const open = await clients.matchAll({ type: 'window' });
  const page = open.find((one) => one.focused) ?? open[0];
  if (!page) {
    await clients.openWindow(`/${place}`);
    return;
  }
  page.postMessage({ place });
  await page.focus();
}
