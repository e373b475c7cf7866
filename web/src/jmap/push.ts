import { expand, ownPath } from './http';
import type { Id, Session } from './types';

/** Account to type to state, or null: anything may have changed. */
export type Changed = Record<Id, Record<string, string>> | null;
export type Listener = (changed: Changed) => void;

const WEBSOCKET = 'urn:ietf:params:jmap:websocket';
const POLL_MS = 30_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const PING_SECONDS = '60';

type Kind = 'websocket' | 'events' | 'poll';

/** A connection that tells of changes: how to end it. */
interface Line {
  close(): void;
}

interface Ends {
  opened: () => void;
  told: Listener;
  broken: () => void;
}

function webSocketLine(path: string, ends: Ends): Line {
  const socket = new WebSocket(`wss://${location.host}${path}`, 'jmap');
  socket.onopen = () => {
    socket.send(JSON.stringify({ '@type': 'WebSocketPushEnable', dataTypes: null }));
    ends.opened();
  };
  socket.onmessage = (event) => tell(event.data, ends.told);
  socket.onclose = () => ends.broken();
  return {
    close: () => {
      socket.onclose = null;
      socket.close();
    },
  };
}

function eventsLine(path: string, ends: Ends): Line {
  const source = new EventSource(path);
  source.onopen = () => ends.opened();
  source.addEventListener('state', (event: MessageEvent<unknown>) => tell(event.data, ends.told));
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) ends.broken();
  };
  return { close: () => source.close() };
}

function pollLine(ends: Ends): Line {
  const timer = setInterval(() => ends.told(null), POLL_MS);
  return { close: () => clearInterval(timer) };
}

/** Reads a StateChange (RFC 8620 section 7.1); what is something else is not for us. */
export function tell(data: unknown, told: Listener): void {
  if (typeof data !== 'string') return;
  const said: unknown = JSON.parse(data);
  if (typeof said !== 'object' || said === null) return;
  const { '@type': type, changed } = said as { '@type'?: unknown; changed?: unknown };
  if (type === 'StateChange') told(changed as Changed);
}

/**
 * Hears of changes: by WebSocket (RFC 8887), else by EventSource, else by asking every half minute.
 * A line that breaks after it stood is opened again; one that never stood gives way to the next.
 */
export class Push {
  private line: Line | null = null;
  private kinds: Kind[];
  private stood = false;
  private pause = FIRST_PAUSE_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly session: Session,
    private readonly listener: Listener,
  ) {
    this.kinds = ['websocket', 'events', 'poll'];
    if (!this.socketPath()) this.kinds.shift();
  }

  start(): void {
    addEventListener('online', this.again);
    document.addEventListener('visibilitychange', this.seen);
    this.open();
  }

  stop(): void {
    removeEventListener('online', this.again);
    document.removeEventListener('visibilitychange', this.seen);
    clearTimeout(this.timer);
    this.line?.close();
    this.line = null;
  }

  private socketPath(): string | null {
    const url = this.session.capabilities[WEBSOCKET]?.['url'];
    return typeof url === 'string' ? ownPath(url.replace(/^wss:/, 'https:')) : null;
  }

  private open(): void {
    const ends: Ends = {
      opened: () => this.opened(),
      told: this.listener,
      broken: () => this.broken(),
    };
    this.stood = false;
    const kind = this.kinds[0];
    const socket = this.socketPath();
    if (kind === 'websocket' && socket) this.line = webSocketLine(socket, ends);
    else if (kind === 'events') this.line = eventsLine(this.eventsPath(), ends);
    else this.line = pollLine(ends);
  }

  private eventsPath(): string {
    const values = { types: '*', closeafter: 'no', ping: PING_SECONDS };
    return expand(this.session.eventSourceUrl, values);
  }

  private opened(): void {
    this.stood = true;
    if (this.pause > FIRST_PAUSE_MS) this.listener(null); // what happened while the line was down
    this.pause = FIRST_PAUSE_MS;
  }

  private broken(): void {
    this.line?.close();
    this.line = null;
    if (!this.stood && this.pause === FIRST_PAUSE_MS && this.kinds.length > 1) {
      this.kinds.shift();
      this.open();
      return;
    }
    this.timer = setTimeout(() => this.open(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }

  private readonly again = (): void => {
    if (!this.line) {
      clearTimeout(this.timer);
      this.open();
    }
    this.listener(null);
  };

  private readonly seen = (): void => {
    if (document.visibilityState === 'visible' && !this.line) this.again();
  };
}
