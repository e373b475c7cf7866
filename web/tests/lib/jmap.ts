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
