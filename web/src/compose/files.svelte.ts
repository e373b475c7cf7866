/** Files of a draft: those on their way, and those that are there. */
import type { Attached } from './draft';
import type { Desk } from './desk';
import { upload, type Upload } from './upload';

export interface Coming {
  number: number;
  name: string;
  part: number;
  cancel: () => void;
}

const AT_ONCE = 3;

export class Files {
  list = $state.raw<Attached[]>([]);
  coming = $state<Coming[]>([]);
  #count = 0;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** changed: the list is another; failed: told the name of what could not be sent. */
  constructor(
    private readonly desk: Desk,
    private readonly changed: () => void,
    private readonly failed: (name: string) => void,
  ) {}

  add(files: File[]): void {
    for (const file of files) void this.send(file, null);
  }

  /** A picture within the text. */
  inline(file: File, cid: string): Promise<boolean> {
    return this.send(file, cid);
  }

  remove(one: Attached): void {
    this.list = this.list.filter((a) => a !== one);
    this.changed();
  }

  private async turn(): Promise<void> {
    if (this.#running >= AT_ONCE) await new Promise<void>((go) => this.#waiting.push(go));
    this.#running++;
  }

  private async send(file: File, cid: string | null): Promise<boolean> {
    const number = ++this.#count;
    const { client, accountId } = this.desk;
    let stopped = false;
    let job: Upload | null = null;
    const cancel = () => {
      stopped = true;
      job?.cancel();
    };
    this.coming.push({ number, name: file.name, part: 0, cancel });
    await this.turn();
    try {
      if (stopped) return false;
      job = upload(client.uploadPath(accountId), file, (part) => {
        const row = this.coming.find((c) => c.number === number);
        if (row) row.part = part;
      });
      const { blobId } = await job.done;
      const { name, size } = file;
      const type = file.type || 'application/octet-stream';
      this.list = [...this.list, { blobId, name, size, type, cid }];
      this.changed();
      return true;
    } catch {
      if (!stopped) this.failed(file.name);
      return false;
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
      this.coming = this.coming.filter((c) => c.number !== number);
    }
  }
}
