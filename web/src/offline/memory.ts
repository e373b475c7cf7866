/** What was read, kept on this device; the oldest makes room for the newest. */
export interface Memory {
  get(key: string): Promise<unknown>;
  put(key: string, value: unknown): Promise<void>;
  clear(): Promise<void>;
}

interface Kept {
  key: string;
  value: unknown;
  at: number;
}

const NAME = 'postroad';
const STORE = 'answers';
/** Answers of the server: some hundred messages and the lists around them. */
export const KEPT_MAX = 2000;
const ROOM = KEPT_MAX / 10;

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
  });
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    const store = request.result.createObjectStore(STORE, { keyPath: 'key' });
    store.createIndex('at', 'at');
  };
  return asked(request);
}

/** In IndexedDB. Keys of another owner are another person's: they are cleared first. */
export class DeviceMemory implements Memory {
  private readonly db = opened();
  private writes = 0;

  private async store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
    return (await this.db).transaction(STORE, mode).objectStore(STORE);
  }

  async get(key: string): Promise<unknown> {
    const kept = (await asked((await this.store('readonly')).get(key))) as Kept | undefined;
    return kept?.value;
  }

  async put(key: string, value: unknown): Promise<void> {
    const kept: Kept = { key, value, at: Date.now() };
    await asked((await this.store('readwrite')).put(kept));
    if (++this.writes % ROOM === 0) await this.makeRoom();
  }

  async clear(): Promise<void> {
    await asked((await this.store('readwrite')).clear());
  }

  private async makeRoom(): Promise<void> {
    const store = await this.store('readwrite');
    let over = (await asked(store.count())) - KEPT_MAX;
    const oldest = store.index('at').openCursor();
    oldest.onsuccess = () => {
      const cursor = oldest.result;
      if (!cursor || over-- <= 0) return;
      cursor.delete();
      cursor.continue();
    };
  }
}
