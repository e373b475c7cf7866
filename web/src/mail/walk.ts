/** The keys of a tree (ARIA Authoring Practices, "Tree View"), over rows that are buttons. */

function rowsOf(tree: Element): HTMLElement[] {
  const all = Array.from(tree.querySelectorAll<HTMLElement>('[data-row]'));
  return all.filter((row) => !row.closest('[hidden]'));
}

/** Presses what folds a row: a button beside it, or the row itself. */
function fold(row: HTMLElement): void {
  const beside = row.parentElement?.querySelector<HTMLElement>('button.fold');
  (beside ?? row).click();
}

/** The row of the folder, or the heading of the account, that this one lies in. */
function above(row: HTMLElement): HTMLElement | null {
  const list = row.closest('ul');
  const folder = list?.parentElement?.closest('li');
  return (folder ?? list?.previousElementSibling)?.querySelector<HTMLElement>('[data-row]') ?? null;
}

function left(row: HTMLElement): void {
  if (row.dataset['fold'] === 'open') fold(row);
  else above(row)?.focus();
}

function right(row: HTMLElement, next: HTMLElement | undefined): void {
  if (row.dataset['fold'] === 'shut') fold(row);
  else if (row.dataset['fold'] === 'open') next?.focus();
}

export function walk(event: KeyboardEvent): void {
  const row =
    event.target instanceof Element ? event.target.closest<HTMLElement>('[data-row]') : null;
  if (!row || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const rows = rowsOf(event.currentTarget as Element);
  const at = rows.indexOf(row);
  const acts: Record<string, () => void> = {
    ArrowLeft: () => left(row),
    ArrowRight: () => right(row, rows[at + 1]),
    ArrowUp: () => rows[at - 1]?.focus(),
    ArrowDown: () => rows[at + 1]?.focus(),
    Home: () => rows[0]?.focus(),
    End: () => rows.at(-1)?.focus(),
  };
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault(); // else it is a key of the list
  act();
}
