import type { Memory } from './memory';

type Invocation = [name: string, args: Record<string, unknown>, id: string];

/** Methods that only read. */
function reads(method: string): boolean {
  return method.endsWith('/get') || method.endsWith('/query');
}

/**
 * The key of a call among the calls of its request: back-references name ids that differ each time,
 * so they become the place of the call that they point to, with what was asked there.
 */
export function keyOf(batch: Invocation[], at: number): string {
  const [name, args] = batch[at]!;
  const said = JSON.stringify(args, (field, value: unknown) => {
    if (!field.startsWith('#') || typeof value !== 'object' || value === null) return value;
    const { resultOf, path } = value as { resultOf: string; path: string };
    const earlier = batch.findIndex(([, , id]) => id === resultOf);
    return earlier >= 0 && earlier < at ? { path, of: keyOf(batch, earlier) } : value;
  });
  return `${name} ${said}`;
}

/** The ids that a /get names: each of its objects is kept alone, whoever it was asked for with. */
function idsOf([name, args]: Invocation): string[] | null {
  return name.endsWith('/get') && Array.isArray(args['ids']) ? args['ids'].map(String) : null;
}

function keyOfOne([name, args]: Invocation, id: string): string {
  return `${name} ${JSON.stringify({ ...args, ids: undefined })} ${id}`;
}

async function rememberEach(memory: Memory, call: Invocation, answer: unknown): Promise<void> {
  const { list = [] } = answer as { list?: { id: string }[] };
  for (const one of list) await memory.put(keyOfOne(call, one.id), one);
}

/** Those that are kept; undefined: none of them. */
async function recallEach(memory: Memory, call: Invocation, ids: string[]): Promise<unknown> {
  const found = await Promise.all(ids.map((id) => memory.get(keyOfOne(call, id))));
  const list = found.filter((one) => one !== undefined);
  const notFound = ids.filter((_, i) => found[i] === undefined);
  return list.length ? { accountId: call[1]['accountId'], list, notFound } : undefined;
}

/** Keeps what a request was answered. */
export async function remember(
  memory: Memory,
  batch: Invocation[],
  answers: Map<string, Invocation>,
): Promise<void> {
  for (let at = 0; at < batch.length; at++) {
    const call = batch[at]!;
    const answer = answers.get(call[2]);
    if (answer?.[0] !== call[0] || !reads(call[0])) continue;
    if (idsOf(call)) await rememberEach(memory, call, answer[1]);
    else await memory.put(keyOf(batch, at), answer[1]);
  }
}

/** What the calls of a request were answered the last time; those never asked are missing. */
export async function recall(memory: Memory, batch: Invocation[]): Promise<Invocation[]> {
  const found: Invocation[] = [];
  for (let at = 0; at < batch.length; at++) {
    const call = batch[at]!;
    const [name, , id] = call;
    const ids = idsOf(call);
    const value = !reads(name)
      ? undefined
      : await (ids ? recallEach(memory, call, ids) : memory.get(keyOf(batch, at)));
    if (value !== undefined) found.push([name, value as Record<string, unknown>, id]);
  }
  return found;
}
