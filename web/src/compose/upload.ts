/** Files on their way to the server. */
import { ownPath } from '../jmap/http';
import type { Id } from '../jmap/types';

export interface Uploaded {
  blobId: Id;
  type: string;
  size: number;
}

export interface Upload {
  done: Promise<Uploaded>;
  cancel: () => void;
}

function read(text: string): Uploaded {
  const said = JSON.parse(text) as Partial<Uploaded>;
  if (!said.blobId) throw new Error('no blobId');
  return { blobId: said.blobId, type: said.type ?? '', size: said.size ?? 0 };
}

/** XMLHttpRequest, since fetch tells nothing of what it has sent. progress: 0 to 1. */
export function upload(path: string, file: Blob, progress: (part: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<Uploaded>((resolve, reject) => {
    request.open('POST', ownPath(path));
    request.setRequestHeader('Postroad-Request', '1');
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
    request.upload.onprogress = (e) => progress(e.lengthComputable ? e.loaded / e.total : 0);
    request.onerror = () => reject(new Error('the server cannot be reached'));
    request.onabort = () => reject(new DOMException('', 'AbortError'));
    request.onload = () => {
      if (request.status < 200 || request.status > 299) reject(new Error(`${request.status}`));
      else
        try {
          resolve(read(request.responseText));
        } catch (error) {
          reject(error as Error);
        }
    };
    request.send(file);
  });
  done.catch(() => undefined);
  return { done, cancel: () => request.abort() };
}
