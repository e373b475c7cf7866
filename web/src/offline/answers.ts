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

/** Keeps what a request was answered. */
export async function remember(
  memory: Memory,
  batch: Invocation[],
  answers: Map<string, Invocation>,
): Promise<void> {
  for (let at = 0; at < batch.length; at++) {
    const [name, , id] = batch[at]!;
    const answer = answers.get(id);
    if (answer && answer[0] === name && reads(name)) await memory.put(keyOf(batch, at), answer[1]);
  }
}

/** What the calls of a request were answered the last time; those never asked are missing. */
export async function recall(memory: Memory, batch: Invocation[]): Promise<Invocation[]> {
  const found: Invocation[] = [];
  for (let at = 0; at < batch.length; at++) {
    const [name, , id] = batch[at]!;
    const value = reads(name) ? await memory.get(keyOf(batch, at)) : undefined;
    if (value !== undefined) found.push([name, value as Record<string, unknown>, id]);
  }
  return found;
}
