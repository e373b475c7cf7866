/**
 * Frames for messages. One is made ahead, while nobody waits, and moved to its place when a message
 * is opened: a move keeps its document, where the browser can do that (moveBefore). What was shown
 * is taken away later, too. No frame is ever used for a second message.
 */
import { SANDBOX, SKELETON } from './skeleton';

interface Mover {
  moveBefore?: (node: Node, child: Node | null) => void;
}

let parking: HTMLElement | null = null;
let spare: HTMLIFrameElement | null = null;
const used = new Set<HTMLIFrameElement>();
let planned = false;

function canMove(): boolean {
  return typeof (Element.prototype as Mover).moveBefore === 'function';
}

function move(frame: HTMLIFrameElement, to: HTMLElement): void {
  (to as Mover).moveBefore?.(frame, null);
}

/** A frame whose document is SKELETON, at once: written, not navigated to. */
function madeIn(place: HTMLElement): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', SANDBOX);
  frame.referrerPolicy = 'no-referrer';
  place.append(frame);
  const doc = frame.contentDocument;
  if (!doc) throw new Error('the frame has no document');
  doc.open();
  doc.write(SKELETON);
  doc.close();
  return frame;
}

function parkingPlace(): HTMLElement {
  if (parking?.isConnected) return parking;
  parking = document.createElement('div');
  parking.hidden = true;
  parking.dataset['parking'] = '';
  document.body.append(parking);
  return parking;
}

function whenIdle(work: () => void): void {
  if ('requestIdleCallback' in window) requestIdleCallback(work, { timeout: 2000 });
  else setTimeout(work, 200);
}

function plan(): void {
  if (planned) return;
  planned = true;
  whenIdle(() => {
    planned = false;
    for (const frame of used) frame.remove();
    used.clear();
    if (canMove() && !spare?.isConnected) spare = madeIn(parkingPlace());
  });
}

/** A fresh frame in that place. */
export function takeFrame(place: HTMLElement): HTMLIFrameElement {
  const ready = spare?.isConnected ? spare : null;
  spare = null;
  plan();
  if (!ready) return madeIn(place);
  move(ready, place);
  return ready;
}

/** Nobody looks at it any more. */
export function dropFrame(frame: HTMLIFrameElement): void {
  if (!canMove() || !frame.isConnected) {
    frame.remove();
    return;
  }
  move(frame, parkingPlace());
  used.add(frame);
  plan();
}

/** Makes the first one, once the page has nothing better to do. */
export const prepareFrame = plan;
