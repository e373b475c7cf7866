import type { Entry } from './en';

/** What can be done with messages; links; what was deleted. */
export const menuEn = {
  'menu.title': 'What to do with it',
  'menu.open': 'All actions',
  'menu.notAllowed': 'You may not do that in this folder.',
  'menu.snooze': 'Snooze',
  'menu.snoozeUntil': 'Snooze until',
  'menu.when': 'When it comes back',
  'menu.laterToday': 'Later today',
  'menu.tomorrow': 'Tomorrow',
  'menu.nextWeek': 'Next week',
  'menu.own': 'Choose a time…',
  'menu.past': 'Choose a time that lies ahead, at most five years.',
  'menu.unsnooze': 'Bring back now',
  'menu.backAt': 'Comes back {when}',
  'menu.block': { one: 'Block {name}', other: 'Block {count} senders' },
  'menu.phishing': 'Report phishing',
  'folder.snoozed': 'Snoozed',
  'done.snoozed': { one: 'Snoozed until {when}', other: '{count} snoozed until {when}' },
  'done.unsnoozed': { one: 'Brought back', other: '{count} brought back' },
  'done.blocked': {
    one: '{name} is blocked, and the mail is in junk',
    other: '{count} senders are blocked, and their mail is in junk',
  },
  'done.reported': { one: 'Reported as phishing', other: '{count} reported as phishing' },
  'done.phishing': { one: 'Marked as phishing', other: '{count} marked as phishing' },
  'phishing.subject': 'Phishing report: {subject}',
  'phishing.text': 'This message was reported as phishing. The original is attached.',
  'phishing.gone': 'The report had been sent already.',

  'recover.title': 'Recover deleted',
  'recover.intro':
    'Messages that were deleted for good can be restored for 21 days. They go back to the folder ' +
    'they were in.',
  'recover.none': 'Nothing was deleted for good in the last 21 days.',
  'recover.all': 'Select all',
  'recover.restore': 'Restore',
  'recover.restoreSome': 'Restore {count}',
  'recover.removed': 'Deleted on {date}',
  'recover.where': 'from {folder}',
  'recover.until': 'Gone for good on {date}',
  'recover.held': 'Kept: it is on hold',
  'recover.more': 'Show more',
  'recover.doneTo': { one: 'Restored to {folder}', other: '{count} restored to {folder}' },
  'recover.done': { one: 'Restored', other: '{count} restored' },

  'quota.title': 'Space for mail',
  'quota.used': '{used} of {limit} used',
  'quota.usedCount': '{used} of {limit} messages',
  'quota.near': 'Your mailbox is almost full. When it is full, no mail comes in or goes out.',
  'quota.full': 'Your mailbox is full: no mail comes in or goes out.',
  'quota.trash': 'Look into the trash',
  'quota.large': 'Find large messages',

  'settings.letterKeys': 'Shortcuts of one letter or sign',
  'settings.letterKeysHelp':
    'Such as E for archive. Without them, speech input and slips do nothing unasked; arrows, Enter, ' +
    'Delete and keys with Ctrl stay.',

  'search.labelled': 'Label',
  'search.bcc': 'Bcc',
  'search.without': 'Without the words',
  'search.hint': 'In the search itself: -word, -from:ann, bcc:ann, this OR that, "two words".',
  'search.size': 'Size',
  'search.any': 'Any',
  'search.larger': 'Larger than {size}',

  'password.title': 'Password',
  'password.change': 'Change the password',
  'password.new': 'New password',
  'password.again': 'New password, once more',
  'password.help': {
    one: 'At least {count} character, and nothing that is easy to guess.',
    other: 'At least {count} characters, and nothing that is easy to guess.',
  },
  'password.differs': 'The two are not the same.',
  'password.changed': 'The password is changed.',
  'password.endSessions': 'Sign out everywhere else',
  'password.endGrants': 'Take access from programs that were let in',
  'password.endAppPasswords': 'Take away passwords for programs, too',
  'password.tooShort': {
    one: 'It needs at least {count} character.',
    other: 'It needs at least {count} characters.',
  },
  'password.tooLong': 'It is too long.',
  'password.notAllowed': 'It has a character that cannot be used.',
  'password.weak':
    'It is too easy to guess. Several words that have nothing to do with you are good.',
  'password.reused': 'It is one that you had before.',
  'grants.title': 'Programs that were let in',
  'grants.intro': 'They reach your mail without your password, until you end that.',
  'grants.none': 'No program was let in.',
  'grants.itself': 'this name is its own word',
  'grants.end': 'End',
  'grants.ended': 'Its access has ended.',

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
