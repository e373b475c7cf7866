import { settingsEn } from './settings.en';

/** A text, or its plural forms by values.count. */
export type Entry = string | { one: string; other: string };

export const en = {
  'app.name': 'Postroad',
  'app.loading': 'Loading…',
  'app.offline': 'The server cannot be reached. Trying again.',
  'app.unreachable': 'The server cannot be reached.',
  'app.failed': 'That did not work: {reason}',
  'app.retry': 'Try again',
  'app.close': 'Close',
  'app.cancel': 'Cancel',
  'app.ok': 'OK',
  'app.back': 'Back',
  'app.skip': 'Skip to the messages',

  'signin.title': 'Sign in',
  'signin.address': 'E-mail address',
  'signin.password': 'Password',
  'signin.code': 'Code from your authenticator app',
  'signin.codeHelp': 'Six digits, or one of your recovery codes.',
  'signin.submit': 'Sign in',
  'signin.working': 'Signing in…',
  'signin.wrong': 'Address or password are not right.',
  'signin.wrongCode': 'That code is not right. Codes change every 30 seconds.',
  'signin.slow': 'Too many tries. Please wait a moment.',
  'signin.ended': 'You have been signed out.',
  'signin.showPassword': 'Show password',
  'signin.hidePassword': 'Hide password',
  'signin.signOut': 'Sign out',
  ...settingsEn,
} satisfies Record<string, Entry>;

export type Key = keyof typeof en;
/** What each language has to give: the same keys, and plural forms where English has them. */
export type Catalogue = {
  [K in Key]: (typeof en)[K] extends string ? string : Exclude<Entry, string>;
};
