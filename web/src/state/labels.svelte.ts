import { t } from '../i18n/index.svelte';
import type { Key } from '../i18n/en';
import { kept, onDevice, toDevice } from './kept.svelte';

/** Labels are keywords; the first five are those that other mail programs colour as well. */
export interface Label {
  keyword: string;
  name: string;
  colour: LabelColour;
}

export const labelColours = ['red', 'orange', 'green', 'blue', 'purple', 'grey'] as const;
export type LabelColour = (typeof labelColours)[number];

const KEY = 'postroad.labels';
const CHOICE = 'page-labels';
const usual: Label[] = [
  { keyword: '$label1', name: 'Important', colour: 'red' },
  { keyword: '$label2', name: 'Work', colour: 'orange' },
  { keyword: '$label3', name: 'Personal', colour: 'green' },
  { keyword: '$label4', name: 'To do', colour: 'blue' },
  { keyword: '$label5', name: 'Later', colour: 'purple' },
];

const names: Record<string, Key> = {
  $label1: 'label.important',
  $label2: 'label.work',
  $label3: 'label.personal',
  $label4: 'label.todo',
  $label5: 'label.later',
};

/** The usual ones are called what the person's language calls them. */
export function labelName({ keyword, name }: Label): string {
  const key = names[keyword];
  const plain = usual.find((one) => one.keyword === keyword)?.name === name;
  return key && plain ? t(key) : name;
}

export const labels = $state<Label[]>([]);

function isLabel(one: unknown): one is Label {
  if (typeof one !== 'object' || one === null) return false;
  const { keyword, name, colour } = one as Partial<Label>;
  const known = (labelColours as readonly unknown[]).includes(colour);
  return typeof keyword === 'string' && typeof name === 'string' && keyword !== '' && known;
}

function take(said: unknown): void {
  labels.splice(0, labels.length, ...(Array.isArray(said) ? said.filter(isLabel) : usual));
  toDevice(KEY, labels);
}

take(onDevice(KEY));
kept.choice(CHOICE, { read: take, write: () => $state.snapshot(labels), reset: () => take(usual) });

export function keepLabels(): void {
  toDevice(KEY, labels);
  kept.put(CHOICE);
}

const KEYWORD_MAX = 80; // bytes; the server takes 100, and a number may follow

/**
 * A keyword holds printable ASCII without ( ) { ] % * " \ (RFC 8621 section 4.1.1). Names in Latin
 * letters are told by these; of others each character is, by its number.
 */
export function keywordOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();
  const latin = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
  if (!/[^\x20-\x7e]/.test(plain) && latin) return latin.slice(0, KEYWORD_MAX);
  const signs = [...name.normalize('NFC').toLowerCase()];
  const numbers = signs.map((sign) => sign.codePointAt(0)?.toString(36) ?? '');
  return `x.${numbers.join('.')}`.slice(0, KEYWORD_MAX);
}

/** One that no label has yet. */
function freeKeyword(name: string): string {
  const keyword = keywordOf(name);
  const taken = new Set(labels.map((label) => label.keyword));
  for (let i = 1; ; i++) {
    const tried = i === 1 ? keyword : `${keyword}-${i}`;
    if (!taken.has(tried)) return tried;
  }
}

export function addLabel(name: string, colour: LabelColour): Label {
  const label = { keyword: freeKeyword(name), name, colour };
  labels.push(label);
  keepLabels();
  return label;
}

/** Another name or colour; what carries it goes on carrying it. */
export function changeLabel(keyword: string, to: Pick<Label, 'name' | 'colour'>): void {
  const label = labels.find((one) => one.keyword === keyword);
  if (!label) return;
  Object.assign(label, to);
  keepLabels();
}

/** Where it stood; -1: nowhere. */
export function dropLabel(keyword: string): number {
  const at = labels.findIndex((one) => one.keyword === keyword);
  if (at < 0) return at;
  labels.splice(at, 1);
  keepLabels();
  return at;
}

export function insertLabel(label: Label, at: number): void {
  if (labels.some((one) => one.keyword === label.keyword)) return;
  labels.splice(at, 0, label);
  keepLabels();
}

export function labelsOf(keywords: Record<string, boolean>): Label[] {
  return labels.filter((label) => keywords[label.keyword]);
}
