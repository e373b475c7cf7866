/** Files of a draft: those on their way, and those that are there. */
import type { Attached } from './draft';
import type { Desk } from './desk';
import { fits, mostOf } from './room';
import { upload, type Upload } from './upload';

export interface Coming {
  number: number;
  name: string;
  size: number;
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

  /** changed: the list is another; failed: told the name of what could not be sent, and, when it is
      too large, how much all files of a message may have together. */
  constructor(
    private readonly desk: Desk,
    private readonly changed: () => void,
    private readonly failed: (name: string, most: number | null) => void,
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

  private hasRoom(size: number): boolean {
    const { client, accountId } = this.desk;
    const others = [...this.list, ...this.coming].map((one) => one.size);
    return fits(client.session, accountId, others, size);
  }

  private async turn(): Promise<void> {
    if (this.#running >= AT_ONCE) await new Promise<void>((go) => this.#waiting.push(go));
    this.#running++;
  }

  private async send(file: File, cid: string | null): Promise<boolean> {
    const number = ++this.#count;
    const { client, accountId } = this.desk;
    if (!this.hasRoom(file.size)) {
      this.failed(file.name, mostOf(client.session, accountId));
      return false;
    }
    let stopped = false;
    let job: Upload | null = null;
    const cancel = () => {
      stopped = true;
      job?.cancel();
    };
    this.coming.push({ number, name: file.name, size: file.size, part: 0, cancel });
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
      if (!stopped) this.failed(file.name, null);
      return false;
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
      this.coming = this.coming.filter((c) => c.number !== number);
    }
  }
}
