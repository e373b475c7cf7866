import type { Id, Mailbox } from '../jmap/types';
import type { AccountState } from '../state/account.svelte';

/** What is being dragged: row ids. Other windows' drags are none of ours. */
const TYPE = 'application/x-postroad-rows';
let rows: Id[] = [];

export function startDrag(event: DragEvent, ids: Id[], words: string): void {
  if (!event.dataTransfer) return;
  rows = ids;
  event.dataTransfer.effectAllowed = 'copyMove';
  event.dataTransfer.setData(TYPE, '');
  const ghost = document.createElement('div');
  ghost.className = 'drag-ghost';
  ghost.textContent = words;
  document.body.append(ghost);
  event.dataTransfer.setDragImage(ghost, -12, -8);
  setTimeout(() => ghost.remove());
}

export function isOurDrag(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes(TYPE) ?? false;
}

/** What is on its way, for who asks whether it may be dropped. */
export function draggedRows(): Id[] {
  return rows;
}

export function droppedRows(): Id[] {
  const ids = rows;
  rows = [];
  return ids;
}

const FOLDER = 'application/x-postroad-folder';
let folder: { account: AccountState; mailbox: Mailbox } | null = null;

export function startFolderDrag(
  event: DragEvent,
  dragged: { account: AccountState; mailbox: Mailbox },
  words: string,
): void {
  if (!event.dataTransfer) return;
  folder = dragged;
  event.dataTransfer.effectAllowed = 'move';
  event.dataTransfer.setData(FOLDER, words);
}

export function isFolderDrag(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes(FOLDER) ?? false;
}

export function draggedFolder(): typeof folder {
  return folder;
}
