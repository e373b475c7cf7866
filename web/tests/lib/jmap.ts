import type { Page } from '@playwright/test';

/** One call of JMAP by the page's own session: for what no clock of a test can wait for. */
export async function call(
  page: Page,
  name: string,
  capability: string,
  args: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  return page.evaluate(
    async ([method, using, rest]) => {
      const headers = { 'Content-Type': 'application/json', 'Postroad-Request': '1' };
      const session = (await (await fetch('/jmap/session')).json()) as {
        primaryAccounts: Record<string, string>;
      };
      const accountId = session.primaryAccounts['urn:ietf:params:jmap:mail'];
      const answer = await fetch('/jmap/api', {
        method: 'POST',
        headers,
        body: JSON.stringify({
          using: ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail', using],
          methodCalls: [[method, { accountId, ...rest }, '0']],
        }),
      });
      const said = (await answer.json()) as { methodResponses: [string, object][] };
      return said.methodResponses[0]?.[1] as Record<string, unknown>;
    },
    [name, capability, args] as const,
  );
}

/** The account of that name, or of an address that begins so, as the session tells it. */
export async function accountNamed(page: Page, name: string): Promise<string> {
  return page.evaluate(async (wanted) => {
    const session = (await (await fetch('/jmap/session')).json()) as {
      accounts: Record<string, { name: string }>;
    };
    const found = Object.entries(session.accounts).find(([, a]) => a.name.startsWith(wanted));
    return found?.[0] ?? '';
  }, name);
}
