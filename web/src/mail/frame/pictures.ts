/** Pictures of a message: those it brought along, and those of other servers when asked for. */
const RASTER = ['png', 'jpeg', 'gif', 'webp', 'avif', 'bmp', 'x-icon'].map((t) => `image/${t}`);
const AT_ONCE = 6;
const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 120;
const PAUSE_MAX_MS = 1500;

/** A picture as an address that only this page knows; null: there is none. */
export type PictureSource = (name: string, signal: AbortSignal) => Promise<Blob | null>;

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new DOMException('', 'AbortError'));
    });
  });
}

/** Only pixels: an SVG is a program, whatever its type says. */
export async function onlyPixels(blob: Blob): Promise<Blob | null> {
  const type = RASTER.find((t) => blob.type.toLowerCase().startsWith(t));
  if (!type) return null;
  const start = new TextDecoder('latin1').decode(await blob.slice(0, 256).arrayBuffer());
  return /^[\s\ufeffï»¿]*</.test(start) ? null : blob.slice(0, blob.size, type);
}

/**
 * Asks the server's picture proxy (docs/HTTP.md). template: of the session object. 202: it is being
 * fetched.
 */
export function proxied(template: string, ask: typeof fetch = fetch): PictureSource {
  return async (url, signal) => {
    const path = template.replace('{url}', encodeURIComponent(url));
    const ends = Date.now() + PATIENCE_MS;
    for (let wait = FIRST_PAUSE_MS; Date.now() < ends; wait = Math.min(wait * 1.6, PAUSE_MAX_MS)) {
      const answer = await ask(path, { signal, credentials: 'same-origin' });
      if (answer.status === 200) return onlyPixels(await answer.blob());
      if (answer.status !== 202) return null;
      await pause(wait, signal);
    }
    return null;
  };
}

/** Loads some at a time, and lets go of all at the end. */
export class Pictures {
  private readonly stop = new AbortController();
  private readonly made: string[] = [];
  private readonly waiting: (() => Promise<void>)[] = [];
  private running = 0;

  /** Shows what source has of that name; else nothing happens. */
  load(source: PictureSource, name: string, show: (address: string) => void): void {
    this.waiting.push(async () => {
      const blob = await source(name, this.stop.signal).catch(() => null);
      if (!blob || this.stop.signal.aborted) return;
      const address = URL.createObjectURL(blob);
      this.made.push(address);
      show(address);
    });
    this.next();
  }

  close(): void {
    this.stop.abort();
    this.waiting.length = 0;
    for (const address of this.made) URL.revokeObjectURL(address);
  }

  private next(): void {
    while (this.running < AT_ONCE) {
      const job = this.waiting.shift();
      if (!job) return;
      this.running++;
      void job().finally(() => {
        this.running--;
        this.next();
      });
    }
  }
}
