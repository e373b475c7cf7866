import type { Entry } from './en';

/** What can be done with messages; links; what was deleted. */
export const menuEn = {
  'link.title': 'Where does this link go?',
  'link.warning': 'It goes elsewhere than it says.',
  'link.says': 'The message shows',
  'link.goes': 'It really goes to',
  'link.whole': 'Whole address',
  'link.alike': 'The name is written with letters that look like others: {name}',
  'link.open': 'Open it anyway',
  'link.stay': 'Stay here',
} satisfies Record<string, Entry>;

export type MenuTexts = {
  [K in keyof typeof menuEn]: (typeof menuEn)[K] extends string ? string : Exclude<Entry, string>;
};
