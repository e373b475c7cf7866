/** What an attachment is, by what its sender calls it. The server looks at the bytes itself. */
import type { EmailBodyPart } from '../../jmap/types';

export type Kind = 'picture' | 'pdf' | 'office' | 'text' | 'none';

const PICTURES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
};
const OFFICE = 'docx xlsx pptx odt ods odp rtf doc xls ppt docm xlsm pptm'.split(' ');
const OFFICE_TYPES = `rtf x-rtf msword vnd.ms-excel vnd.ms-powerpoint
  vnd.oasis.opendocument.text vnd.oasis.opendocument.spreadsheet
  vnd.oasis.opendocument.presentation`
  .split(/\s+/)
  .map((sub) => `application/${sub}`);
const OPEN_XML = 'application/vnd.openxmlformats-officedocument.';
const TEXT =
  `txt text log md markdown csv tsv json xml yaml yml ini conf cfg sql diff patch tex ics vcf eml
  srt properties toml asc`.split(/\s+/);
const TEXT_TYPE = /^(?:text\/|message\/|application\/(?:json|xml|x-yaml|x-sh|sql|ics)\b)/;

/** What runs when it is opened, or may. */
const DANGEROUS =
  `ade adp app appx bat cab chm cmd com cpl dll dmg docm exe hta htm html img ins iso isp jar js jse
  lnk mde mht mhtml msc msi msix msp mst pif pptm ps1 reg scf scr sct sh shb svg sys url vb vbe vbs
  vhd vhdx ws wsc wsf wsh xhtml xlsm xll`.split(/\s+/);
/** What people take for harmless when it stands before the real ending. */
const HARMLESS = /\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|txt|jpe?g|png|gif|csv|zip|rtf)$/i;

// Controls, and marks that turn text around or are not seen.
const TRICKS =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** The name as it would be saved: in reading order, with nothing hidden in it. */
export function plainName(name: string): string {
  return name.replace(TRICKS, '').replace(/\s+/g, ' ').trim();
}

export function endingOf(name: string): string {
  return /\.([\w-]{1,10})$/.exec(plainName(name).replace(/[. ]+$/, ''))?.[1]?.toLowerCase() ?? '';
}

export function kindOf(part: Pick<EmailBodyPart, 'name' | 'type'>): Kind {
  const ending = endingOf(part.name ?? '');
  const type = part.type.toLowerCase();
  if (pictureType(part)) return 'picture';
  if (type === 'application/pdf' || type === 'application/x-pdf' || ending === 'pdf') return 'pdf';
  if (OFFICE_TYPES.includes(type) || type.startsWith(OPEN_XML)) return 'office';
  if (OFFICE.includes(ending)) return 'office';
  if (TEXT_TYPE.test(type) || TEXT.includes(ending)) return 'text';
  return 'none';
}

/** The type of a picture that browsers show as pixels; empty: it is none. */
export function pictureType(part: Pick<EmailBodyPart, 'name' | 'type'>): string {
  const type = part.type.toLowerCase();
  const known = Object.values(PICTURES).find((t) => t === type);
  const byName = type === 'application/octet-stream' ? PICTURES[endingOf(part.name ?? '')] : '';
  return known ?? byName ?? '';
}

export type Warning = 'dangerous' | 'disguised';

/** Whether opening the file may do harm, or its name says something else than it is. */
export function warningOf(part: Pick<EmailBodyPart, 'name' | 'type'>): Warning | null {
  const name = part.name ?? '';
  const plain = plainName(name);
  const ending = endingOf(name);
  const runs = DANGEROUS.includes(ending) || /^(?:text\/html|image\/svg)/i.test(part.type);
  const before = plain
    .replace(/[. ]+$/, '')
    .slice(0, -(ending.length + 1))
    .trimEnd();
  if (/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(name)) return 'disguised';
  if (runs && HARMLESS.test(before)) return 'disguised';
  return runs ? 'dangerous' : null;
}
