import type { Id } from '../jmap/types';

/** What is being dragged: row ids. Other windows' drags are none of ours. */
const TYPE = 'application/x-postroad-rows';
let rows: Id[] = [];

export function startDrag(event: DragEvent, ids: Id[], words: string): void {
  if (!event.dataTransfer) return;
  rows = ids;
  event.dataTransfer.effectAllowed = 'move';
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

export function droppedRows(): Id[] {
  const ids = rows;
  rows = [];
  return ids;
}
