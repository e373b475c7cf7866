import type { Entry } from './en';

/** What is done to all messages of a folder or a search. */
export const everyEn = {
  'every.loaded': { one: '{count} loaded is selected.', other: '{count} loaded are selected.' },
  'every.select': { one: 'Select {count}', other: 'Select all {count}' },
  'every.selected': { one: '{count} is selected.', other: 'All {count} are selected.' },
  'every.progress': '{what}: {done} of {total}',
  'every.stop': 'Stop',
  'every.none': 'There was nothing to do.',
  'every.notForAll': 'That cannot be done to all at once. The buttons above the list can.',
  'every.allRead': 'Mark all as read',
  'every.emptyTrash': 'Empty the trash',
  'every.emptyJunk': 'Empty junk',
  'every.ask': {
    one: '{count} message leaves this folder for good. For 21 days you can still recover it.',
    other: 'All {count} messages leave this folder for good. For 21 days you can recover them.',
  },
} satisfies Record<string, Entry>;

export type EveryTexts = {
  [K in keyof typeof everyEn]: (typeof everyEn)[K] extends string ? string : Exclude<Entry, string>;
};
