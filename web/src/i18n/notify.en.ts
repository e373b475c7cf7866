import type { Entry } from './en';

/** Notifications, and being without a network. */
export const notifyEn = {
  'settings.notify': 'Notifications',
  'notify.intro': 'Told on this device, also while the page is closed.',
  'notify.on': 'Tell me of new mail',
  'notify.help':
    'Sender and subject are shown, also on a locked screen. The push service of your browser ' +
    'sees neither.',
  'notify.denied': 'This browser does not allow notifications of this page. Its settings do.',
  'notify.missing': 'This browser has no notifications.',
  'offline.kept': 'No connection. What was read before is shown; drafts stay on this device.',
  'offline.refused': 'there is no connection; nothing was changed',
  'offline.draft': 'No connection: the draft is kept on this device',
  'offline.notKept': 'it is not kept on this device, or was deleted',
  'offline.found': 'A draft that had not reached the server is here again.',
} satisfies Record<string, Entry>;
