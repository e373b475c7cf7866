/** Lines of a calendar (RFC 5545 section 3.1), taken from whatever came by mail. */
import ICAL from 'ical.js';

/** Bytes of a calendar that is looked at; a longer one is told to be too long. */
export const CALENDAR_BYTES_MAX = 512 * 1024;
/** Lines that mean something to us, and how long one may be; what is beyond is passed over. */
export const LINES_MAX = 5_000;
export const LINE_CHARS_MAX = 32 * 1024;
export const DEPTH_MAX = 4;

export interface Property {
  name: string;
  parameters: Record<string, string | string[]>;
  /** As the library reads it: texts, addresses, "2025-03-10T09:00:00", objects of rules. */
  values: unknown[];
  /** The line as it came, unfolded and without control characters. */
  raw: string;
}

export interface Component {
  name: string;
  properties: Property[];
  components: Component[];
}

const READ = new Set(
  `begin end method uid sequence dtstamp dtstart dtend due duration rrule rdate recurrence-id
  summary location description comment organizer attendee status tzid tzoffsetfrom tzoffsetto
  conference x-google-conference x-microsoft-skypeteamsmeetingurl`.split(/\s+/),
);

const NAME = /^([A-Za-z0-9-]+)\s*[;:]/;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

function nameOf(line: string): string {
  return NAME.exec(line)?.[1]?.toLowerCase() ?? '';
}

/**
 * Unfolded lines that mean something. A line that looks like none goes on with the one before:
 * some programs fold without the blank.
 */
function* unfolded(text: string): Generator<string> {
  let line = '';
  let count = 0;
  for (const piece of text.split(/\r\n|\n|\r/)) {
    const goesOn = /^[ \t]/.test(piece);
    if (goesOn || (piece !== '' && line !== '' && !nameOf(piece))) {
      if (line.length <= LINE_CHARS_MAX) line += goesOn ? piece.slice(1) : piece;
      continue;
    }
    if (READ.has(nameOf(line)) && line.length <= LINE_CHARS_MAX) {
      if (++count > LINES_MAX) return;
      yield line;
    }
    line = piece;
  }
  if (READ.has(nameOf(line)) && line.length <= LINE_CHARS_MAX) yield line;
}

type Read = [name: string, parameters: Record<string, string | string[]>, type: string];

/** Null: a line that cannot be read; the others can. */
function propertyOf(line: string): Property | null {
  const raw = line.replace(CONTROL, '');
  try {
    const [name, parameters, , ...values] = ICAL.parse.property(raw) as [...Read, ...unknown[]];
    return { name, parameters: Object.assign(Object.create(null), parameters), values, raw };
  } catch {
    return null;
  }
}

/** Components as they open and close. */
class Tree {
  readonly root: Component = { name: '', properties: [], components: [] };
  private readonly open = [this.root];
  private passed = 0; // components that lie too deep

  begin(name: string): void {
    if (this.passed || this.open.length > DEPTH_MAX) {
      this.passed++;
      return;
    }
    const made = { name, properties: [], components: [] };
    this.open.at(-1)?.components.push(made);
    this.open.push(made);
  }

  end(): void {
    if (this.passed) this.passed--;
    else if (this.open.length > 1) this.open.pop();
  }

  add(line: string): void {
    const found = this.passed ? null : propertyOf(line);
    if (found) this.open.at(-1)?.properties.push(found);
  }
}

/** The calendars in a text, without what they hold that we do not read. */
export function readCalendars(text: string): Component[] {
  const tree = new Tree();
  for (const line of unfolded(text)) {
    const edge = /^(begin|end)\s*:\s*([\w-]+)/i.exec(line);
    if (!edge) tree.add(line);
    else if (edge[1]?.toLowerCase() === 'begin') tree.begin(edge[2]?.toLowerCase() ?? '');
    else tree.end();
  }
  return tree.root.components.filter((c) => c.name === 'vcalendar');
}

export function property(c: Component, name: string): Property | undefined {
  return c.properties.find((p) => p.name === name);
}

export function textOf(c: Component, name: string): string {
  const value = property(c, name)?.values[0];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

export function parameter(p: Property | undefined, name: string): string {
  const value = p?.parameters[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}
